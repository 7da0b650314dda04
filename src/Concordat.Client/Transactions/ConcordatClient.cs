using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace Concordat.Client;

internal sealed partial class ConcordatClient(
    IHttpClientFactory factory, ConcordatClientOptions options, TimeProvider time, ILogger<ConcordatClient> logger,
    IServiceProvider services, IEnumerable<ResourceRegistration> resources, IMeterFactory meters)
    : IConcordatClient
{
    private const string Transactions = "v1/transactions";
    private static readonly TimeSpan DefaultTransactionTimeout = TimeSpan.FromSeconds(60);
    private readonly CoordinatorConnection _connection = new(factory, options, time);
    private Gatherer? _begins, _commits;
    private readonly ScopeMaker _scopes = new(new CoordinatorConnection(factory, options, time), options, time, logger, services, resources, meters);

    internal ConcordatClientOptions Options => options;

    internal ILogger Logger => logger;

    public async Task<TransactionDocument> RunAsync(TransactionRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        var document = await TryRunAsync(request, idempotencyKey, cancellationToken).ConfigureAwait(false);
        return document.Outcome == Outcome.Committed ? document : throw RolledBack(document);
    }

    public async Task<TransactionDocument> TryRunAsync(TransactionRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        var intent = RunIntent(request, idempotencyKey) with { MayTake = TimeoutOf(request) };
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, Transactions, request, ContractJson.Default.TransactionRequest, cancellationToken).ConfigureAwait(false);
        var document = await ReadAsync(intent, response, ContractJson.Default.TransactionDocument, cancellationToken).ConfigureAwait(false);
        return document.Outcome is not null
            ? document
            : throw new OutcomeNotKnownException($"The coordinator answered without an outcome: transaction {document.Id} is {document.State}. Wait for it by its id.")
            {
                TransactionId = document.Id,
                IdempotencyKey = intent.IdempotencyKey,
            };
    }

    public async Task<TransactionDocument> SubmitAsync(TransactionRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        // 1. Accepted: 202 and where it is. 2. Look. A crash between leaves a transaction that the same key finds again.
        var intent = RunIntent(request, idempotencyKey) with { PrefersAsync = true };
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, Transactions, request, ContractJson.Default.TransactionRequest, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Accepted || response.Content.Headers.ContentLength is > 0)
        {
            return await ReadAsync(intent, response, ContractJson.Default.TransactionDocument, cancellationToken).ConfigureAwait(false);
        }

        var last = response.Headers.Location?.OriginalString.TrimEnd('/').Split('/')[^1];
        return TransactionId.TryParse(last, out var id)
            ? await GetAsync(id, cancellationToken).ConfigureAwait(false)
            : throw Nonsense(intent, $"202 with the location '{response.Headers.Location}'");
    }

    public async Task<ConcordatTransaction> BeginAsync(BeginOptions? options = null, CancellationToken cancellationToken = default)
    {
        var request = new TransactionRequest { Name = options?.Name, TimeoutSeconds = options?.Timeout?.TotalSeconds, Labels = options?.Labels };

        // Without a key, which would cost a forced record: a begin whose answer is lost is one that its deadline ends, and nobody ever works in it.
        var intent = new RequestIntent("begin a transaction", Repeatable: true, ChangesState: false);
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, Transactions, request, ContractJson.Default.TransactionRequest, cancellationToken, AmongBegins(request)).ConfigureAwait(false);
        var document = await ReadAsync(intent, response, ContractJson.Default.TransactionDocument, cancellationToken).ConfigureAwait(false);
        return new ConcordatTransaction(this, document.Id, owned: true) { Deadline = document.Deadline };
    }

    public ConcordatTransaction Join(TransactionId id) => new(this, id, owned: false);

    public ConcordatScope CreateScope(ScopeOptions? options = null, CancellationToken cancellationToken = default) =>
        _scopes.Make(options ?? new ScopeOptions(), cancellationToken);

    public ScopeWaits WaitingScopes => _scopes.Waiting.Now;

    public Task<TransactionDocument> GetAsync(TransactionId id, CancellationToken cancellationToken = default) =>
        AskAsync($"look at transaction {id}", $"{Transactions}/{id}", TimeSpan.Zero, ContractJson.Default.TransactionDocument, cancellationToken);

    public Task<TransactionDocument> WaitAsync(TransactionId id, TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atMost, TimeSpan.Zero);
        var seconds = atMost.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return AskAsync(
            $"wait for transaction {id}", $"{Transactions}/{id}?waitSeconds={seconds}", atMost, ContractJson.Default.TransactionDocument, cancellationToken);
    }

    public Task<TransactionList> ListAsync(TransactionQuery? query = null, CancellationToken cancellationToken = default) =>
        AskAsync(
            "list transactions", Transactions + Queries.Of(query ?? new TransactionQuery()), TimeSpan.Zero,
            ContractJson.Default.TransactionList, cancellationToken);

    public async IAsyncEnumerable<TransactionDocument> EnumerateAsync(
        TransactionQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var page = query ?? new TransactionQuery();
        while (true)
        {
            var list = await ListAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (var document in list.Items)
            {
                yield return document;
            }

            if (list.NextCursor is null)
            {
                yield break;
            }

            page = page with { Cursor = list.NextCursor };
        }
    }

    public async Task<TransactionDocument> ResolveAsync(
        TransactionId id, string branchId, ResolveRequest settlement, CancellationToken cancellationToken = default)
    {
        // Not repeated after a lost answer: a settlement by hand is looked at before it is given again.
        var intent = new RequestIntent($"settle branch {branchId} of transaction {id}", Repeatable: false, ChangesState: true) { TransactionId = id };
        var path = $"{Transactions}/{id}/branches/{Uri.EscapeDataString(branchId)}/resolve";
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, path, settlement, ContractJson.Default.ResolveRequest, cancellationToken).ConfigureAwait(false);
        await EnsureSuccessAsync(intent, response, cancellationToken).ConfigureAwait(false);
        return await GetAsync(id, cancellationToken).ConfigureAwait(false);
    }

    public async Task<ParticipantDocument> PutParticipantAsync(string name, ParticipantRequest participant, CancellationToken cancellationToken = default)
    {
        var intent = new RequestIntent($"register participant '{name}'", Repeatable: true, ChangesState: true);
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Put, PathOf(name), participant, ContractJson.Default.ParticipantRequest, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(intent, response, ContractJson.Default.ParticipantDocument, cancellationToken).ConfigureAwait(false);
    }

    public Task<ParticipantDocument> GetParticipantAsync(string name, CancellationToken cancellationToken = default) =>
        AskAsync($"look at participant '{name}'", PathOf(name), TimeSpan.Zero, ContractJson.Default.ParticipantDocument, cancellationToken);

    public Task<ParticipantList> ListParticipantsAsync(CancellationToken cancellationToken = default) =>
        AskAsync("list participants", "v1/participants", TimeSpan.Zero, ContractJson.Default.ParticipantList, cancellationToken);

    public async Task RemoveParticipantAsync(string name, CancellationToken cancellationToken = default)
    {
        var intent = new RequestIntent($"remove participant '{name}'", Repeatable: false, ChangesState: true);
        using var response = await _connection.SendAsync<TransactionRequest>(
            intent, HttpMethod.Delete, PathOf(name), null, null, cancellationToken).ConfigureAwait(false);
        await EnsureSuccessAsync(intent, response, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<BranchDocument> EnlistAsync(TransactionId id, BranchRequest branch, CancellationToken cancellationToken)
    {
        var intent = new RequestIntent($"enlist '{branch.Participant}' in transaction {id}", Repeatable: true, ChangesState: true) { TransactionId = id };
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, $"{Transactions}/{id}/branches", branch, ContractJson.Default.BranchRequest, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ReadAsync(intent, response, ContractJson.Default.BranchDocument, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestRefusedException e) when (e.Type == "/problems/not-active")
        {
            // It may have aborted: at its deadline, by a restart of the coordinator, as the victim of a deadlock of which another call was told.
            throw await NotActiveAsync(id, e, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <param name="branches">Branches of resources, with their votes.</param>
    /// <param name="isWhole">Nobody else has a branch: it is decided at once, and may be asked for together with others.</param>
    internal async Task<TransactionDocument> CommitAsync(
        TransactionId id, DateTimeOffset? deadline, IReadOnlyList<BranchRequest> branches, CancellationToken cancellationToken, bool isWhole = false)
    {
        var document = await AskToCommitAsync(id, deadline, branches, cancellationToken, isWhole ? AmongCommits(id, branches) : null).ConfigureAwait(false);
        return document.Outcome == Outcome.Committed
            ? document
            : throw new OutcomeNotKnownException($"Transaction {id} is {document.State} and not decided yet. Wait for it by its id.") { TransactionId = id };
    }

    /// <summary>Committed, or, in one phase, without an outcome: then the caller may go on.</summary>
    internal async Task<TransactionDocument> AskToCommitAsync(
        TransactionId id, DateTimeOffset? deadline, IReadOnlyList<BranchRequest> branches, CancellationToken cancellationToken, Gathered? among = null)
    {
        var intent = new RequestIntent($"commit transaction {id}", Repeatable: true, ChangesState: true)
        {
            TransactionId = id,
            MayTake = deadline is { } until && until > time.GetUtcNow() ? until - time.GetUtcNow() : DefaultTransactionTimeout,
        };
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, $"{Transactions}/{id}/commit", branches.Count == 0 ? null : new CommitRequest { Branches = branches },
            ContractJson.Default.CommitRequest, cancellationToken, among).ConfigureAwait(false);
        try
        {
            var document = await ReadAsync(intent, response, ContractJson.Default.TransactionDocument, cancellationToken).ConfigureAwait(false);
            return document.Outcome == Outcome.Aborted ? throw RolledBack(document) : document;
        }
        catch (RequestRefusedException e) when (e.Type == "/problems/already-aborted")
        {
            throw new TransactionRolledBackException(e.Message, await ReasonAsync(id, cancellationToken).ConfigureAwait(false)) { TransactionId = id };
        }
    }

    internal async Task RollbackAsync(TransactionId id, CancellationToken cancellationToken)
    {
        var intent = new RequestIntent($"roll transaction {id} back", Repeatable: true, ChangesState: true) { TransactionId = id };
        using var response = await _connection.SendAsync<TransactionRequest>(
            intent, HttpMethod.Post, $"{Transactions}/{id}/rollback", null, null, cancellationToken).ConfigureAwait(false);
        await EnsureSuccessAsync(intent, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Why it aborted, where that can still be learnt: what the caller must know is known already.</summary>
    private async Task<AbortReason?> ReasonAsync(TransactionId id, CancellationToken cancellationToken)
    {
        try
        {
            return (await GetAsync(id, cancellationToken).ConfigureAwait(false)).Reason;
        }
        catch (ConcordatException e)
        {
            ClientLogMessages.ReasonNotLearnt(logger, id, e);
            return null;
        }
    }

    private static string PathOf(string participant) => "v1/participants/" + Uri.EscapeDataString(participant);

    private static string NewKey() => Guid.NewGuid().ToString("N");

    private static RequestIntent RunIntent(TransactionRequest request, string? idempotencyKey)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Branches is not { Count: > 0 })
        {
            throw new ArgumentException("A transaction that runs in one call has at least one branch; BeginAsync begins one without.", nameof(request));
        }

        if (idempotencyKey is not null && !Names.IsIdempotencyKey(idempotencyKey))
        {
            throw new ArgumentException("An idempotency key has 1 to 255 visible ASCII characters.", nameof(idempotencyKey));
        }

        var what = request.Name is null ? "run a transaction" : $"run transaction '{request.Name}'";
        return new RequestIntent(what, Repeatable: true, ChangesState: true) { IdempotencyKey = idempotencyKey ?? NewKey() };
    }

    private static TimeSpan TimeoutOf(TransactionRequest request) =>
        request.TimeoutSeconds is > 0 and <= 86400 and { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultTransactionTimeout;

    private static TransactionRolledBackException RolledBack(TransactionDocument document)
    {
        var reason = document.Reason;
        var by = reason?.Participant is null ? "" : $" by '{reason.Participant}'";
        var message = $"Transaction {document.Id} was rolled back ({reason?.Code.ToString() ?? "no reason given"}{by}): {reason?.Message ?? "no message"}";
        return new TransactionRolledBackException(message, reason) { TransactionId = document.Id };
    }

    private async Task<T> AskAsync<T>(string doing, string path, TimeSpan mayTake, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var intent = new RequestIntent(doing, Repeatable: true, ChangesState: false) { MayTake = mayTake };
        using var response = await _connection.SendAsync<TransactionRequest>(intent, HttpMethod.Get, path, null, null, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(intent, response, type, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> ReadAsync<T>(RequestIntent intent, HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        await EnsureSuccessAsync(intent, response, cancellationToken).ConfigureAwait(false);
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                ?? throw Nonsense(intent, "null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON of ours, or in a charset that there is not.
            throw Nonsense(intent, e.Message);
        }
    }

    private static async Task EnsureSuccessAsync(RequestIntent intent, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var problem = await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false);
            throw new RequestRefusedException(problem.Status, problem.Type, $"Could not {intent.Doing}: {problem.Text}") { TransactionId = intent.TransactionId };
        }
    }

    /// <summary>A success whose content is none of ours: a proxy, or another service on that address.</summary>
    private OutcomeNotKnownException Nonsense(RequestIntent intent, string what) =>
        new($"Could not {intent.Doing} for certain: {_connection.Address} answered what no coordinator answers: {what}. Is the address right?")
        {
            IdempotencyKey = intent.IdempotencyKey,
            TransactionId = intent.TransactionId,
        };
}
