using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>Scripted participants behind one port: <c>/NAME/prepare</c>, <c>/NAME/commit</c>, <c>/NAME/rollback</c>.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Dictionary<string, ScriptedParticipant> _participants = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly WebApplication _app;

    internal ScriptedServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    internal IReadOnlyCollection<ScriptedParticipant> Participants => _participants.Values;

    internal Task StartAsync() => _app.StartAsync();

    internal ScriptedParticipant Add(string name) => _participants[name] = new ScriptedParticipant(name);

    internal Uri UrlOf(string name) => new($"{_app.Urls.Single()}/{name}");

    private async Task HandleAsync(HttpContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop.Token);
        var path = context.Request.Path.Value!.Split('/');
        var body = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        var call = new Call(Enum.Parse<Verb>(path[2], ignoreCase: true), (string)body["transactionId"]!, (string)body["branchId"]!, (bool?)body["onePhase"] == true);
        try
        {
            var reply = await _participants[path[1]].AnswerAsync(call).WaitAsync(end.Token);
            if (reply == Reply.Silence)
            {
                await Task.Delay(Timeout.Infinite, end.Token);
            }

            if (reply == Reply.Cut)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = reply.Status;
            if (reply.Status != StatusCodes.Status204NoContent)
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(reply.Body, end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Who asked is gone, or the test is over.
            context.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }
}
