using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>The decision: made once, logged where it must survive, heard of by nobody before that.</summary>
internal static class Deciding
{
    /// <summary>
    /// All voted yes or read-only.
    /// <list type="number">
    /// <item>The decision is appended and forced. A crash before it is durable aborts: nobody has heard of it.</item>
    /// <item>It becomes durable: the commit point. A crash after it commits, from <see cref="Decided.Prepared"/>.</item>
    /// <item>Clients and inquiries are told, and the commits go out (<see cref="Completing"/>).</item>
    /// </list>
    /// </summary>
    internal static void Commit(CoordinatorState s, Transaction transaction)
    {
        s.Timers.Disarm(transaction.Deadline);
        var prepared = new List<PreparedBranch>(transaction.Branches.Count);
        foreach (var branch in transaction.Branches)
        {
            var member = branch.Vote is Vote.Yes or Vote.ReadOnly;
            ProtocolViolationException.ThrowUnless(member, $"AC3: {transaction.Id} commits, and branch {branch.Header.Id} voted {branch.Vote}");
            if (branch.Vote == Vote.Yes)
            {
                prepared.Add(new PreparedBranch(branch.Index, branch.Evidence));
            }
        }

        Log(s, transaction, prepared);
    }

    /// <summary>
    /// A person who knows says that it committed. What the branches voted is not known here, so every one is taken to be prepared
    /// and is told; one that never was says so, and is a hazard for the same person to settle. Of a restored copy the word is kept as the
    /// reason: it holds for branches, too, that the copy does not know (<see cref="Resources.Sweeping"/>).
    /// </summary>
    internal static void CommitByHand(CoordinatorState s, Transaction transaction, ResolveInput word)
    {
        s.Timers.Disarm(transaction.Deadline);
        Locks.Close(s, transaction, "it is decided");
        var reason = transaction.Suspended ? Room.ForRecord(s, Room.Cut(new AbortReason(AbortCode.Operator, null, $"settled by {word.Who}: {word.Why}"))) : null;
        transaction.Suspended = false;
        if (transaction.State == TransactionState.Active)
        {
            s.Enter(transaction, TransactionState.Preparing);
        }

        var prepared = new List<PreparedBranch>(transaction.Branches.Count);
        foreach (var branch in transaction.Branches)
        {
            branch.Vote = Vote.Yes;
            branch.State = BranchState.Prepared;
            prepared.Add(new PreparedBranch(branch.Index, branch.Evidence));
        }

        Log(s, transaction, prepared, reason);
    }

    private static void Log(CoordinatorState s, Transaction transaction, List<PreparedBranch> prepared, AbortReason? reason = null)
    {
        s.Enter(transaction, TransactionState.Prepared);
        var record = s.AppendForced(
            new Decided(s.Clock.Time, transaction.Id, Outcome.Committed, reason, prepared), transaction);
        transaction.Decide(Outcome.Committed, reason, record);
    }

    /// <summary>
    /// Nothing is forced: whoever asks about a transaction that is not known is told "aborted". Three exceptions log the
    /// decision, and the answers wait for it: under an idempotency key the answer must be repeatable, after a one-phase record a
    /// restart would ask the participant again (who need not remember a no across a restart of its own, and could then commit), and
    /// what is suspended a restart would suspend again.
    /// </summary>
    internal static void Abort(CoordinatorState s, Transaction transaction, AbortReason reason)
    {
        s.Timers.Disarm(transaction.Deadline);
        Locks.Close(s, transaction, "it has aborted");
        reason = Room.Cut(reason);
        var mustBeLogged = transaction.Header.Key is not null || transaction.Suspended || transaction.OnePhase;
        transaction.Suspended = false;
        var record = mustBeLogged
            ? s.AppendForced(new Decided(s.Clock.Time, transaction.Id, Outcome.Aborted, Room.ForRecord(s, reason), []), transaction)
            : 0;
        transaction.Decide(Outcome.Aborted, reason, record);
        s.Enter(transaction, TransactionState.Aborting);
        Completing.StartRollback(s, transaction);
        Waiting.OutcomeKnown(s, transaction);
        Completing.EndIfAllAcknowledged(s, transaction);
    }
}
