using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;

namespace Concordat.Bench.Http;

/// <summary>
/// The five calls of a transaction without a coordinator: takes the request, prepares both participants in parallel, answers,
/// commits both in parallel. And the three of a saga of two steps, one after the other. No state, no log, nothing repeated; bodies of the coordinator's sizes. What
/// HTTP alone allows.
/// </summary>
internal static class CeilingServer
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    internal static Task RunAsync(string first, string second)
    {
        var http = Client();
        var prepare = new byte[Bodies.PrepareBytes];
        var commit = new byte[Bodies.CommitBytes];
        var document = new byte[Bodies.DocumentBytes];
        var step = System.Text.Encoding.UTF8.GetBytes(Bodies.StepBody);
        var saga = new byte[Bodies.SagaDocumentBytes];
        return BenchServer.RunAsync(app =>
        {
            app.MapPost("/v1/transactions", async context =>
            {
                await BenchServer.ReadAsync(context.Request);
                await Task.WhenAll(CallAsync(http, first + "/prepare", prepare), CallAsync(http, second + "/prepare", prepare));
                await BenchServer.AnswerAsync(context, document);
                _ = CallAsync(http, first + "/commit", commit);
                _ = CallAsync(http, second + "/commit", commit);
            });
            app.MapPost("/v1/sagas", async context =>
            {
                await BenchServer.ReadAsync(context.Request);
                await CallAsync(http, first + "/step", step);
                await CallAsync(http, second + "/step", step);
                await BenchServer.AnswerAsync(context, saga);
            });
        });
    }

    private static HttpMessageInvoker Client() =>
        new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ActivityHeadersPropagator = null,
        });

    private static async Task CallAsync(HttpMessageInvoker http, string url, byte[] body)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) { Headers = { ContentType = Json } } };
        using var response = await http.SendAsync(request, timeout.Token);
        await response.Content.ReadAsByteArrayAsync(timeout.Token);
    }
}
