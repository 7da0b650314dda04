using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Concordat.Core;

namespace Concordat.Client;

/// <summary>What one request is about, so that a failure can say it.</summary>
/// <param name="Doing">For messages: "commit transaction …".</param>
/// <param name="Repeatable">The coordinator recognises a repetition, so it may be sent again after a lost answer.</param>
/// <param name="ChangesState">False for a question: losing its answer leaves nothing unknown.</param>
internal sealed record RequestIntent(string Doing, bool Repeatable, bool ChangesState)
{
    public string? IdempotencyKey { get; init; }
    public TransactionId? TransactionId { get; init; }

    /// <summary>How long the coordinator may take before it answers, beyond the usual.</summary>
    public TimeSpan MayTake { get; init; }

    /// <summary>Answer as soon as it is accepted.</summary>
    public bool PrefersAsync { get; init; }
}

/// <summary>A call whose first attempt may be made together with others.</summary>
/// <param name="Item">Its body among theirs.</param>
internal sealed record Gathered(Gatherer By, Func<byte[]> Item);

/// <summary>
/// Sends a request until it is answered, within a budget that begins with the first failure. What is thrown in the end says what
/// may have happened: never "unreachable" when an earlier attempt may have got through.
/// </summary>
internal sealed class CoordinatorConnection(IHttpClientFactory factory, ConcordatClientOptions options, TimeProvider time)
{
    private static readonly Backoff Between = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));
    private static readonly RequestIntent SeveralCalls = new("make several calls", Repeatable: true, ChangesState: true);

    /// <summary>How many calls of one kind are under way before others wait for one of them to come back.</summary>
    internal const int Seats = 2;

    private readonly SplitMix64 _random = new(unchecked((ulong)Random.Shared.NextInt64()));
    private readonly Lock _randomGate = new();
    private readonly TimeProvider _time = time;

    /// <summary>Kept, since who waits for an outcome asks on when the services of the host are gone already.</summary>
    private readonly Lazy<HttpClient> _kept = new(() => factory.CreateClient(CoordinatorHttpClients.Name));

    public Uri Address => options.Address!;

    /// <summary>The answer, with a status below 500. The caller disposes it.</summary>
    /// <param name="among">Where the first attempt may be made together with others'.</param>
    public async Task<HttpResponseMessage> SendAsync<TBody>(
        RequestIntent intent, HttpMethod method, string path, TBody? body, JsonTypeInfo<TBody>? bodyType, CancellationToken cancellationToken, Gathered? among = null)
        where TBody : class
    {
        var failures = new Failures(this, intent, options.RetryBudget);
        HttpClient? http = null;
        while (true)
        {
            var attempt = among is null
                ? await AttemptAsync().ConfigureAwait(false)
                : await among.By.MakeAsync(among.Item, AttemptAsync, cancellationToken).ConfigureAwait(false);
            among = null;
            switch (attempt)
            {
                case Attempt.Answered answered:
                    return answered.Response;
                case Attempt.Alone alone:
                    failures.Remember(alone.Before);
                    break;
                default:
                    await Task.Delay(failures.Add(attempt), _time, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }

        async Task<Attempt> AttemptAsync()
        {
            http ??= factory.CreateClient(CoordinatorHttpClients.Name);
            using var request = Request(intent, method, path, body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, bodyType!));
            return await Attempt.MakeAsync(http, request, options.AttemptTimeout + intent.MayTake, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes attempts at several calls of one kind together.</summary>
    public Gatherer Gather(string path, string list, TimeSpan longestWait) => new(list, Seats, longestWait, body => AttemptAsync(path, body), _time);

    /// <summary>One attempt at several calls together, which nobody cancels.</summary>
    private async Task<Attempt> AttemptAsync(string path, byte[] body)
    {
        using var http = factory.CreateClient(CoordinatorHttpClients.Name);
        using var request = Request(SeveralCalls, HttpMethod.Post, path, body);
        return await Attempt.MakeAsync(http, request, options.AttemptTimeout, _time, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The same on the calling thread, which blocks meanwhile, within a budget of its own.</summary>
    public HttpResponseMessage Send<TBody>(
        RequestIntent intent, HttpMethod method, string path, TBody? body, JsonTypeInfo<TBody>? bodyType, TimeSpan budget, CancellationToken cancellationToken)
        where TBody : class
    {
        var failures = new Failures(this, intent, budget);
        while (true)
        {
            var attempt = Try(intent, method, path, body, bodyType, cancellationToken);
            if (attempt is Attempt.Answered answered)
            {
                return answered.Response;
            }

            cancellationToken.WaitHandle.WaitOne(failures.Add(attempt));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One attempt, on the calling thread.</summary>
    public Attempt Try<TBody>(
        RequestIntent intent, HttpMethod method, string path, TBody? body, JsonTypeInfo<TBody>? bodyType, CancellationToken cancellationToken)
        where TBody : class
    {
        using var request = Request(intent, method, path, body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, bodyType!));
        return Attempt.Make(_kept.Value, request, options.AttemptTimeout + intent.MayTake, _time, cancellationToken);
    }

    /// <summary>How long to wait after so many attempts in a row that failed.</summary>
    public TimeSpan Wait(int attempts)
    {
        lock (_randomGate)
        {
            return Between.After(attempts, _random);
        }
    }

    /// <summary>The attempts at one request that failed so far, and whether there is another.</summary>
    private sealed class Failures(CoordinatorConnection connection, RequestIntent intent, TimeSpan budget)
    {
        private int _attempts;
        private long? _first;
        private Attempt.Lost? _lost;

        /// <summary>It may have got through, and the next attempt need not wait.</summary>
        public void Remember(Attempt.Lost? lost) => _lost = lost ?? _lost;

        /// <summary>How long to wait before the next attempt; throws where there is none.</summary>
        public TimeSpan Add(Attempt attempt)
        {
            _attempts++;
            _lost = attempt as Attempt.Lost ?? _lost;
            _first ??= connection._time.GetTimestamp();
            var left = budget - connection._time.GetElapsedTime(_first.Value);
            var wait = (attempt as Attempt.Overloaded)?.RetryAfter ?? connection.Wait(_attempts);
            return wait > left || (attempt is Attempt.Lost && !intent.Repeatable)
                ? throw connection.GiveUp(intent, attempt, _lost, _attempts)
                : wait;
        }
    }

    private HttpRequestMessage Request(RequestIntent intent, HttpMethod method, string path, byte[]? body)
    {
        var request = new HttpRequestMessage(method, CoordinatorHttpClients.Combine(Address, path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }
        else if (intent.ChangesState)
        {
            // SocketsHttpHandler quietly repeats a request without content whose pooled connection died after it was sent. When that
            // repetition is refused it looks as if nothing had ever been sent. An empty content keeps it from repeating.
            request.Content = new ByteArrayContent([]);
        }

        if (intent.IdempotencyKey is { } key)
        {
            request.Headers.Add(ConcordatHeaders.IdempotencyKey, key);
        }

        if (intent.PrefersAsync)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        return request;
    }

    private ConcordatException GiveUp(RequestIntent intent, Attempt last, Attempt.Lost? lost, int attempts)
    {
        var where = $"the coordinator at {Address} ({attempts} attempts)";
        if (lost is not null && intent.ChangesState)
        {
            return new OutcomeNotKnownException(
                $"Could not {intent.Doing} for certain: an answer of {where} was lost ({lost.Text}). It may have happened. " +
                "Ask again by id, or repeat the call under the same idempotency key.", lost.Cause)
            {
                IdempotencyKey = intent.IdempotencyKey,
                TransactionId = intent.TransactionId,
            };
        }

        return last switch
        {
            Attempt.Overloaded overloaded => new CoordinatorOverloadedException(
                $"Could not {intent.Doing}: {where} takes nothing now: {overloaded.Problem.Text}. Nothing was begun.", overloaded.RetryAfter)
            {
                TransactionId = intent.TransactionId,
            },
            Attempt.NotSent notSent => Unreachable(notSent.Text, notSent.Cause),
            Attempt.Lost gone => Unreachable(gone.Text, gone.Cause),
            _ => throw new InvalidOperationException($"an attempt that was answered cannot be given up: {last}"),
        };

        CoordinatorUnreachableException Unreachable(string text, Exception? cause) =>
            new($"Could not {intent.Doing}: {where} cannot be reached: {text}. Nothing was changed. Is it running, and is the address right?", cause)
            {
                TransactionId = intent.TransactionId,
            };
    }
}
