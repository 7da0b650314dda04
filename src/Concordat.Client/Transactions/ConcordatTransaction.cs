using System.Diagnostics.CodeAnalysis;
using Concordat.Client.Resources;
using Microsoft.Extensions.Logging;

namespace Concordat.Client;

/// <summary>
/// A transaction that is put together branch by branch.
/// <code>
/// await using var transaction = await client.BeginAsync();
/// await transaction.EnlistAsync("bank-a", Operations.Of("debit", "alice", new { amount = 100 }));
/// await transaction.EnlistAsync("bank-b", Operations.Of("credit", "bob", new { amount = 100 }));
/// await transaction.CommitAsync();
/// </code>
/// Leaving it without a commit rolls it back.
/// </summary>
public sealed partial class ConcordatTransaction : IAsyncDisposable
{
    private readonly ConcordatClient _client;
    private readonly bool _owned;
    private readonly HeldBranches _held;

    /// <summary>Somebody else may have a branch.</summary>
    private bool _shared;
    private bool _over;

    internal ConcordatTransaction(ConcordatClient client, TransactionId id, bool owned)
    {
        _client = client;
        _owned = owned;
        _held = new HeldBranches(client, id);
        Id = id;
    }

    public TransactionId Id { get; }

    /// <summary>Until when it must be committed; null for one that was joined.</summary>
    public DateTimeOffset? Deadline { get; internal init; }

    /// <summary>Adds a branch: what this participant is to do when it is asked to prepare.</summary>
    /// <exception cref="RequestRefusedException">409 <c>/problems/not-active</c>: it is being decided already.</exception>
    /// <exception cref="TransactionRolledBackException">It has aborted: at its deadline, for instance, or by a restart of the coordinator.</exception>
    /// <exception cref="DeadlockVictimException">It has aborted, as the victim of a deadlock.</exception>
    public Task<BranchDocument> EnlistAsync(string participant, params Operation[] operations) => EnlistAsync(participant, operations, default);

    /// <param name="cancellationToken">The branch may have been added; commit or roll back as usual.</param>
    public Task<BranchDocument> EnlistAsync(string participant, IReadOnlyList<Operation> operations, CancellationToken cancellationToken)
    {
        _shared = true;

        // A name of our own makes the request repeatable. It is random, since several services may enlist in one transaction.
        var branch = new BranchRequest { Participant = participant, Operations = operations, BranchId = Guid.NewGuid().ToString("N") };
        return _client.EnlistAsync(Id, branch, cancellationToken);
    }

    /// <summary>
    /// Adds a branch that this process holds on a resource. It is prepared when the transaction commits, all of them at once, and finished
    /// as it was decided.
    /// </summary>
    public void Hold(IResourceBranch branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        _held.Add(branch);
    }

    /// <summary>What it holds on a resource; null where nothing.</summary>
    public IResourceBranch? FindHeld(string resource) => _held.Find(resource);

    /// <summary>A resource of this process, by its name at the coordinator, which is told of it before its first use; null where there is none.</summary>
    /// <exception cref="RequestRefusedException">409 <c>/problems/other-database</c>: the name is another database's.</exception>
    public Task<IResource?> UseResourceAsync(string name, CancellationToken cancellationToken = default) => _client.UseResourceAsync(name, cancellationToken);

    /// <summary>
    /// Commits it: every branch happens, or none. Returns when that is decided and durable, and what this process holds on
    /// resources is committed there, or left to a sweep.
    /// </summary>
    /// <param name="cancellationToken">
    /// It may commit all the same: look at it by its id. Committing again tells, too, or says that what was held here is undone.
    /// </param>
    /// <exception cref="TransactionRolledBackException">It aborted, or what was held here is undone already.</exception>
    /// <exception cref="OutcomeNotKnownException">It may have committed. Disposing it does not roll it back any more.</exception>
    public async Task<TransactionDocument> CommitAsync(CancellationToken cancellationToken = default)
    {
        _held.ThrowIfUndone();
        if (_owned && !_shared && _held.Only is IOnePhaseBranch only && await CommitOnePhaseAsync(only, cancellationToken).ConfigureAwait(false) is { } alone)
        {
            return alone;
        }

        IReadOnlyList<BranchRequest> votes;
        try
        {
            votes = await _held.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }

        TransactionDocument document;
        try
        {
            // From here on disposing must not undo what may be decided; a rollback would be refused anyway.
            _over = true;
            document = await _client.CommitAsync(Id, Deadline, votes, cancellationToken, isWhole: _owned && !_shared && votes.Count > 0).ConfigureAwait(false);
        }
        catch (TransactionRolledBackException)
        {
            await _held.FinishAsync(Outcome.Aborted).ConfigureAwait(false);
            throw;
        }
        catch (ConcordatException e) when (WasNotTaken(e))
        {
            _over = false;
            throw;
        }
        catch
        {
            // It may have been, by an attempt whose answer was lost. (A 404, for instance, is what another coordinator at that address says.)
            await _held.LetGoAsync().ConfigureAwait(false);
            throw;
        }

        await _held.FinishAsync(Outcome.Committed).ConfigureAwait(false);
        return document;
    }

    /// <summary>The commit was certainly not taken: the coordinator that has the transaction says so, and it would say the same of an earlier attempt.</summary>
    private static bool WasNotTaken(ConcordatException e) => e is CoordinatorUnreachableException or CoordinatorOverloadedException
        or RequestRefusedException { Status: 400 or 409 or 413 or 415 or 422, Type: not "/problems/log-behind" };

    /// <summary>
    /// The only branch: its database decides (docs/resources.md, One phase). Null where it has to vote after all: it wrote nothing, or somebody else
    /// has a branch.
    /// </summary>
    private async Task<TransactionDocument?> CommitOnePhaseAsync(IOnePhaseBranch branch, CancellationToken cancellationToken)
    {
        if (await OfferAsync(branch, cancellationToken).ConfigureAwait(false) is not { } evidence)
        {
            return null;
        }

        TransactionDocument document;
        try
        {
            var request = new BranchRequest { Participant = branch.Resource, BranchId = branch.BranchId, OnePhase = true, Evidence = evidence, Identity = _client.IdentityOf(branch.Resource) };
            _over = true;
            document = await _client.AskToCommitAsync(Id, Deadline, [request], cancellationToken).ConfigureAwait(false);
        }
        catch (RequestRefusedException e) when (e.Type == "/problems/not-the-only-branch")
        {
            _over = false;
            return null;
        }
        catch (ConcordatException e) when (WasNotTaken(e))
        {
            _over = false;
            throw;
        }
        catch (Exception e)
        {
            // Whatever the coordinator took in: the database was not told to commit, and is told now to roll back. So it has aborted.
            await _held.FinishAsync(Outcome.Aborted).ConfigureAwait(false);
            _client.Reports.Add(branch.Resource, new BranchReport(Id, branch.BranchId, Fate.RolledBack));
            if (e is TransactionRolledBackException or OperationCanceledException)
            {
                throw;
            }

            throw _held.RolledBack(branch.Resource, "was not committed", e);
        }

        await _held.CommitOnePhaseAsync(branch, evidence).ConfigureAwait(false);
        return document with { State = TransactionState.Committed, Outcome = Outcome.Committed };
    }

    private async Task<string?> OfferAsync(IOnePhaseBranch branch, CancellationToken cancellationToken)
    {
        try
        {
            return (await branch.OfferOnePhaseAsync(cancellationToken).ConfigureAwait(false)).Evidence;
        }
#pragma warning disable CA1031 // Whatever a driver throws is a no.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw _held.RolledBack(branch.Resource, "could not be committed", e);
        }
    }

    /// <summary>
    /// For a service that was called with the transaction, before it answers: prepares what it holds, and votes. Who began the transaction
    /// decides; what is held here is then finished, while this process lives, or by a sweep.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was begun here: commit it.</exception>
    /// <exception cref="TransactionRolledBackException">A database refused. The transaction aborts, and what was held is undone.</exception>
    /// <exception cref="ConcordatException">The vote does not count (409 <c>/problems/not-active</c>: the transaction is over), or that is not known. Answer with an error.</exception>
    public async Task VoteAsync(CancellationToken cancellationToken = default)
    {
        if (_owned)
        {
            throw new InvalidOperationException($"Transaction {Id} was begun here: commit it, or leave it.");
        }

        var votes = new JoinedVotes(_client, Id, _held);
        IReadOnlyList<BranchRequest> prepared;
        try
        {
            prepared = await _held.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TransactionRolledBackException e)
        {
            _over = true;
            await votes.RefuseAsync(e.Reason!.Participant!, e.Reason.Message!, cancellationToken).ConfigureAwait(false);
            throw;
        }

        _over = true;
        await votes.SendAsync(prepared, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls it back. Again: does nothing.</summary>
    /// <param name="cancellationToken">It may be rolled back all the same, and is at its deadline.</param>
    /// <exception cref="RequestRefusedException">409 <c>/problems/already-committed</c>.</exception>
    public async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        await _client.RollbackAsync(Id, cancellationToken).ConfigureAwait(false);
        _over = true;
        await _held.FinishAsync(Outcome.Aborted).ConfigureAwait(false);
    }

    /// <summary>Rolls it back where it was neither committed nor rolled back. Never throws: what fails here, the deadline does.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Disposing must not replace the exception that led here; the deadline aborts it in any case.")]
    public async ValueTask DisposeAsync()
    {
        if (_over)
        {
            return;
        }

        _over = true;

        // First what holds locks. It is not prepared, or nobody has asked to commit it: undoing it cannot be wrong.
        await _held.FinishAsync(Outcome.Aborted).ConfigureAwait(false);
        if (!_owned)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(_client.Options.DisposeTimeout);
        try
        {
            await _client.RollbackAsync(Id, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ClientLogMessages.RollbackOnDisposeFailed(_client.Logger, Id, e);
        }
    }
}

internal static partial class ClientLogMessages
{
    [LoggerMessage(3000, LogLevel.Warning, "Transaction {Id} was left without a commit and could not be rolled back; its deadline does so")]
    public static partial void RollbackOnDisposeFailed(ILogger logger, TransactionId id, Exception e);

    [LoggerMessage(3001, LogLevel.Debug, "Transaction {Id} has aborted; why could not be learnt")]
    public static partial void ReasonNotLearnt(ILogger logger, TransactionId id, Exception e);
}
