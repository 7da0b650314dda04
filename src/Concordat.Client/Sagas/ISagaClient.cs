namespace Concordat.Client;

/// <summary>Sagas from the application's side. What every call may throw stands on <see cref="IConcordatClient"/>.</summary>
public interface ISagaClient
{
    /// <summary>Hands a saga over and returns as soon as it is durably accepted. It goes on at the coordinator, through any crash.</summary>
    /// <param name="idempotencyKey">
    /// The same key and the same request are the same saga, also after a crash of this process. Null: a new key, which protects the repetitions of this one call only.
    /// </param>
    /// <param name="cancellationToken">The saga may have been accepted; repeat the call under the same key.</param>
    /// <exception cref="RequestRefusedException">400: it cannot be carried out; the message says which member is wrong.</exception>
    Task<SagaDocument> BeginAsync(SagaRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>Begins a saga and waits until it has completed. That may take as long as its timeout, and what it compensates as long as its services do.</summary>
    /// <param name="idempotencyKey">As of <see cref="BeginAsync"/>.</param>
    /// <param name="cancellationToken">The saga goes on; repeat the call under the same key to learn its outcome.</param>
    /// <exception cref="SagaCompensatedException">It did not complete, and all that may have happened is undone; the reason says why.</exception>
    Task<SagaDocument> RunAsync(SagaRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <exception cref="RequestRefusedException">404: not of this coordinator. 410: forgotten.</exception>
    Task<SagaDocument> GetAsync(TransactionId id, CancellationToken cancellationToken = default);

    /// <summary>Waits until it has ended, at most this long, and returns it as it is then.</summary>
    Task<SagaDocument> WaitAsync(TransactionId id, TimeSpan atMost, CancellationToken cancellationToken = default);

    /// <summary>One page, newest first.</summary>
    Task<SagaList> ListAsync(SagaQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>All pages.</summary>
    IAsyncEnumerable<SagaDocument> EnumerateAsync(SagaQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>Compensates from here on. Repeatable.</summary>
    /// <exception cref="RequestRefusedException">409 <c>/problems/already-completed</c>.</exception>
    Task<SagaDocument> CancelAsync(TransactionId id, CancellationToken cancellationToken = default);

    /// <summary>Goes on with a saga of a restored copy of the coordinator's log.</summary>
    /// <exception cref="RequestRefusedException">409 <c>/problems/nothing-to-resume</c>.</exception>
    Task<SagaDocument> ResumeAsync(TransactionId id, CancellationToken cancellationToken = default);

    /// <summary>Tries now what waits for its next attempt.</summary>
    /// <exception cref="RequestRefusedException">409 <c>/problems/nothing-to-retry</c>.</exception>
    Task<SagaDocument> RetryStepAsync(TransactionId id, string step, CancellationToken cancellationToken = default);

    /// <summary>Says that a person has undone a step whose compensation keeps failing. Recorded with who and why.</summary>
    /// <exception cref="RequestRefusedException">409 <c>/problems/nothing-to-resolve</c>.</exception>
    Task<SagaDocument> ResolveStepAsync(TransactionId id, string step, StepResolveRequest resolution, CancellationToken cancellationToken = default);
}

/// <summary>Which sagas to list; what is null does not matter.</summary>
public sealed record SagaQuery
{
    public SagaState? State { get; init; }
    public string? Name { get; init; }

    /// <summary>One that it calls, or that stands in a transaction of it.</summary>
    public string? Participant { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public TimeSpan? OlderThan { get; init; }
    public int? Limit { get; init; }

    /// <summary>From <see cref="SagaList.NextCursor"/>.</summary>
    public string? Cursor { get; init; }
}
