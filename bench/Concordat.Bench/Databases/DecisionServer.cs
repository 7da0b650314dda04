using System.Net;
using Concordat.Bench.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Concordat.Bench.Databases;

/// <summary>
/// The least that a coordinator in another process is: takes an id, forces it to a file, answers. No state, no time limit, nothing to read, and one call where
/// Concordat has two. What a decision somewhere else costs at least.
/// </summary>
internal static class DecisionServer
{
    public static async Task RunAsync(string file)
    {
        await using var decisions = new DecisionFile(file);
        await BenchServer.RunAsync(app => app.MapPost("/decide", async context =>
        {
            await decisions.AppendAsync(new Guid(await BenchServer.ReadAsync(context.Request)));
            await BenchServer.AnswerAsync(context, ReadOnlyMemory<byte>.Empty);
        }));
    }

    public static Func<Guid, Task> Client(HttpMessageInvoker http, string url) => async id =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url + "/decide") { Content = new ByteArrayContent(id.ToByteArray()) };
        using var response = await http.SendAsync(request, CancellationToken.None);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new InvalidOperationException($"the decision was answered with {response.StatusCode}");
        }
    };
}
