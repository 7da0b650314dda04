using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Concordat.Client.Tests.Scopes;

/// <summary>The way to the coordinator, wherever it is now. What a request meets, a test says beforehand: the first one whose line ends so.</summary>
internal sealed class FaultyWire(InProcessCoordinator coordinator) : DelegatingHandler
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<Func<HttpResponseMessage>, CancellationToken, HttpResponseMessage>>> _faults = new();

    public ConcurrentQueue<(string Line, string Body)> Seen { get; } = new();

    public string[] Lines => [.. Seen.Select(s => s.Line)];

    public int Count(string lineEnd) => Lines.Count(line => line.EndsWith(lineEnd, StringComparison.Ordinal));

    /// <summary>Processed, and the answer does not arrive.</summary>
    public FaultyWire LoseTheAnswer(string lineEnd, Action? meanwhile = null) => Do(lineEnd, (send, _) =>
    {
        send().Dispose();
        meanwhile?.Invoke();
        throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
    });

    public FaultyWire RefuseTheConnection(string lineEnd, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Do(lineEnd, static (_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));
        }

        return this;
    }

    public FaultyWire Answer(string lineEnd, HttpStatusCode status, string body, string type = "application/json") => Do(
        lineEnd, (_, _) => new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, type) });

    public FaultyWire Problem(string lineEnd, HttpStatusCode status, string slug, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Answer(lineEnd, status, $$"""{"type": "/problems/{{slug}}", "title": "The title", "status": {{(int)status}}, "detail": "the detail"}""", "application/problem+json");
        }

        return this;
    }

    public FaultyWire Hang(string lineEnd) => Do(lineEnd, static (_, cancellation) =>
    {
        cancellation.WaitHandle.WaitOne();
        cancellation.ThrowIfCancellationRequested();
        throw new InvalidOperationException("a hanging answer came");
    });

    public FaultyWire Do(string lineEnd, Func<Func<HttpResponseMessage>, CancellationToken, HttpResponseMessage> what)
    {
        _faults.GetOrAdd(lineEnd, static _ => new()).Enqueue(what);
        return this;
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : new StreamReader(request.Content.ReadAsStream(cancellationToken)).ReadToEnd();
        var fault = See(request, body);
        return fault is null ? base.Send(request, cancellationToken) : fault(() => base.Send(request, cancellationToken), cancellationToken);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var fault = See(request, request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken));
        return fault is null ? await base.SendAsync(request, cancellationToken) : fault(() => base.Send(request, cancellationToken), cancellationToken);
    }

    private Func<Func<HttpResponseMessage>, CancellationToken, HttpResponseMessage>? See(HttpRequestMessage request, string body)
    {
        var line = $"{request.Method} {request.RequestUri!.PathAndQuery}";
        request.RequestUri = new Uri(coordinator.Address, request.RequestUri.PathAndQuery);
        Seen.Enqueue((line, body));
        foreach (var (end, faults) in _faults)
        {
            if (line.EndsWith(end, StringComparison.Ordinal) && faults.TryDequeue(out var fault))
            {
                return fault;
            }
        }

        return null;
    }
}
