using Microsoft.AspNetCore.Builder;

namespace Concordat.Bench.Http;

/// <summary>A participant, and a service of sagas, that says yes and done, and does nothing.</summary>
internal static class TrivialParticipant
{
    private static readonly byte[] Yes = """{"vote":"yes"}"""u8.ToArray();

    internal static Task RunAsync() => BenchServer.RunAsync(app =>
    {
        app.MapPost("/prepare", async http =>
        {
            await BenchServer.ReadAsync(http.Request);
            await BenchServer.AnswerAsync(http, Yes);
        });
        app.MapPost("/commit", async http =>
        {
            await BenchServer.ReadAsync(http.Request);
            await BenchServer.AnswerAsync(http, default);
        });
        app.MapPost("/step", async http =>
        {
            await BenchServer.ReadAsync(http.Request);
            await BenchServer.AnswerAsync(http, default);
        });
        app.MapPost("/rollback", async http =>
        {
            await BenchServer.ReadAsync(http.Request);
            await BenchServer.AnswerAsync(http, default);
        });
    });
}
