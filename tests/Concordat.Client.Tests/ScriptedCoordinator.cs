using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Concordat.Client.Tests;

/// <summary>A coordinator that answers what the test says, in order, and remembers what it was asked. The last answer repeats.</summary>
internal sealed class ScriptedCoordinator : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>> _script = new();
    private Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? _last;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    public ScriptedCoordinator Answer(HttpStatusCode status, string? json = null, string? type = null, TimeSpan? retryAfter = null) => Do((_, _) =>
    {
        var response = new HttpResponseMessage(status);
        if (json is not null)
        {
            response.Content = new StringContent(json, Encoding.UTF8, type ?? "application/json");
        }

        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = new System.Net.Http.Headers.RetryConditionHeaderValue(wait);
        }

        return Task.FromResult(response);
    });

    public ScriptedCoordinator Problem(HttpStatusCode status, string type, TimeSpan? retryAfter = null) =>
        Answer(status, $$"""{"type": "{{type}}", "title": "The title", "status": {{(int)status}}, "detail": "the detail"}""", "application/problem+json", retryAfter);

    public ScriptedCoordinator LoseTheAnswer() => Do((_, _) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.")));

    public ScriptedCoordinator RefuseTheConnection() => Do((_, _) =>
        Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused")));

    public ScriptedCoordinator Hang() => Do(async (_, cancellation) =>
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        throw new InvalidOperationException("a hanging answer came");
    });

    public ScriptedCoordinator Do(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        lock (_gate)
        {
            _script.Enqueue(answer);
        }

        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Seen.Enqueue(new SeenRequest(
            $"{request.Method} {request.RequestUri!.PathAndQuery}",
            body,
            request.Headers.TryGetValues(ConcordatHeaders.IdempotencyKey, out var keys) ? keys.Single() : null,
            request.Headers.TryGetValues("Prefer", out var prefer) ? prefer.Single() : null));
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer;
        lock (_gate)
        {
            if (_script.TryDequeue(out var next))
            {
                _last = next;
            }

            answer = _last ?? throw new InvalidOperationException($"nothing was scripted for {request.Method} {request.RequestUri}");
        }

        return await answer(request, cancellationToken);
    }
}

internal sealed record SeenRequest(string Line, string Body, string? Key, string? Prefer);
