namespace Concordat.Client;

/// <summary>
/// Transactions from the application's side. Every call may throw <see cref="CoordinatorUnreachableException"/> or
/// <see cref="CoordinatorOverloadedException"/> (nothing was done), <see cref="OutcomeNotKnownException"/> (it may have been) and
/// <see cref="RequestRefusedException"/> (a problem document). All are given after the retry budget of the options.
/// </summary>
/// <remarks>
/// A cancellation token ends the waiting and nothing else: what was sent goes on at the coordinator. Where that matters the method
/// says how to find out.
/// </remarks>
public interface IConcordatClient
{
    /// <summary>
    /// Runs a whole transaction in one call: every branch happens, or none. Returns when the commit is decided and durable; the
    /// participants may still be carrying it out.
    /// </summary>
    /// <param name="idempotencyKey">
    /// The same key and the same request are the same transaction, also after a crash of this process. Null: a new key, which protects
    /// the repetitions of this one call only.
    /// </param>
    /// <param name="cancellationToken">The transaction goes on; repeat the call under the same key to learn its outcome.</param>
    /// <exception cref="TransactionRolledBackException">It aborted; the reason says why. Nothing of it happens anywhere.</exception>
    Task<TransactionDocument> RunAsync(TransactionRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="RunAsync"/>, for callers to whom an abort is an answer: look at the document's outcome.</summary>
    Task<TransactionDocument> TryRunAsync(TransactionRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>Hands a whole transaction over and returns as soon as it is durably accepted, not decided. See <see cref="WaitAsync"/>.</summary>
    /// <param name="cancellationToken">The transaction may have been accepted; repeat the call under the same key.</param>
    Task<TransactionDocument> SubmitAsync(TransactionRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins a transaction that is put together branch by branch. Disposing it without a commit rolls it back, and so does its deadline.
    /// </summary>
    /// <param name="cancellationToken">A transaction that was begun aborts at its deadline.</param>
    Task<ConcordatTransaction> BeginAsync(BeginOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>A transaction that another service began and passed on. Disposing it does nothing: it is the other's.</summary>
    ConcordatTransaction Join(TransactionId id);

    /// <summary>
    /// A <see cref="System.Transactions.TransactionScope"/> whose databases commit everywhere or nowhere, with drivers that know nothing of it. Blocks for one call to
    /// the coordinator (and one for each database that was not used before): only so can the ambient transaction be set for the caller. A scope that joins
    /// another, or suppresses, calls nobody.
    /// </summary>
    /// <param name="cancellationToken">Ends the begin only. What may have been begun is empty, and ends at its deadline.</param>
    /// <exception cref="ScopeRefusedException">The ambient transaction is not ours, or has not the resources that are named.</exception>
    /// <exception cref="CoordinatorUnreachableException">Also where scopes of this client have been waiting for their outcome for too long.</exception>
    /// <exception cref="RequestRefusedException">409 <c>/problems/other-database</c>: another database has the name of one of its resources.</exception>
    ConcordatScope CreateScope(ScopeOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Scopes of this client that wait for their outcome in vain. Where it is not none for more than moments, the coordinator is down.</summary>
    ScopeWaits WaitingScopes { get; }

    /// <exception cref="RequestRefusedException">404: not of this coordinator. 410: forgotten, which is not the same as aborted.</exception>
    Task<TransactionDocument> GetAsync(TransactionId id, CancellationToken cancellationToken = default);

    /// <summary>Who holds and who awaits which keys, a page at a time.</summary>
    Task<LockList> ListLocksAsync(LockQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>Waits until it is committed or aborted everywhere, at most this long, and returns it as it is then.</summary>
    Task<TransactionDocument> WaitAsync(TransactionId id, TimeSpan atMost, CancellationToken cancellationToken = default);

    /// <summary>One page, newest first.</summary>
    Task<TransactionList> ListAsync(TransactionQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>All pages.</summary>
    IAsyncEnumerable<TransactionDocument> EnumerateAsync(TransactionQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>Sagas: where waiting for everybody is not possible, what was done is undone.</summary>
    ISagaClient Sagas { get; }

    /// <summary>Settles by hand a branch in hazard, or one whose participant is gone for good. Recorded with who and why.</summary>
    Task<TransactionDocument> ResolveAsync(TransactionId id, string branchId, ResolveRequest settlement, CancellationToken cancellationToken = default);

    /// <summary>Makes a participant known, or changes its address. Repeatable.</summary>
    Task<ParticipantDocument> PutParticipantAsync(string name, ParticipantRequest participant, CancellationToken cancellationToken = default);

    Task<ParticipantDocument> GetParticipantAsync(string name, CancellationToken cancellationToken = default);

    Task<ParticipantList> ListParticipantsAsync(CancellationToken cancellationToken = default);

    /// <exception cref="RequestRefusedException">409: it has unfinished branches.</exception>
    Task RemoveParticipantAsync(string name, CancellationToken cancellationToken = default);
}

/// <summary>How a transaction is begun.</summary>
public sealed record BeginOptions
{
    public string? Name { get; init; }

    /// <summary>To the decision. Null: the coordinator's default, one minute. At most a day.</summary>
    public TimeSpan? Timeout { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>Which transactions to list; what is null does not matter.</summary>
public sealed record TransactionQuery
{
    public TransactionState? State { get; init; }
    public Outcome? Outcome { get; init; }
    public string? Name { get; init; }
    public string? Participant { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public TimeSpan? OlderThan { get; init; }
    public int? Limit { get; init; }

    /// <summary>From <see cref="TransactionList.NextCursor"/>.</summary>
    public string? Cursor { get; init; }
}
