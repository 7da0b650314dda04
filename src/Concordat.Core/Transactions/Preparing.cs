using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>Phase one: prepares go out to all branches at once, and the votes come in.</summary>
internal static class Preparing
{
    internal static void Start(CoordinatorState s, Transaction transaction)
    {
        transaction.CommitRequested = true;
        Locks.Close(s, transaction, "its commit has begun");
        s.Enter(transaction, TransactionState.Preparing);
        if (AllVoted(transaction))
        {
            // It has no branches, or resources only, whose votes came with the request.
            Deciding.Commit(s, transaction);
            return;
        }

        if (RecordBeforePrepare(transaction) > s.DurableRecords)
        {
            s.Emit(Force.Instance);
        }

        StartOnePhase(s, transaction);
        foreach (var branch in transaction.Branches)
        {
            if (branch.Vote is null)
            {
                branch.State = BranchState.Preparing;
                Delivery.Send(s, branch);
            }
        }
    }

    /// <summary>
    /// The record that the first prepare waits for: the begin and the enlistments, where a participant does not inquire. It
    /// would wait for ever for the outcome of a transaction that a restarted coordinator has never heard of. And the locks, where it
    /// holds any: what is prepared under a lock must not outlive it.
    /// </summary>
    internal static long RecordBeforePrepare(Transaction transaction)
    {
        foreach (var branch in transaction.Branches)
        {
            if (!branch.Header.Flags.Inquires)
            {
                return Math.Max(transaction.BeginRecord, transaction.LocksRecord);
            }
        }

        return transaction.LocksRecord;
    }

    /// <summary>
    /// One branch whose participant can: one call instead of two. The record is forced before the call, since from its sending
    /// only the participant's answer decides, restarts included. Without room for it, or where a checkpoint could not hold the
    /// transaction with its operations in one record, two phases do as well.
    /// </summary>
    private static void StartOnePhase(CoordinatorState s, Transaction transaction)
    {
        if (transaction.Branches is not [{ Header.Flags.OnePhase: true } only] || !Room.Fits(s, only.Operations.Length + 64)
            || !Room.FitsRecord(s, transaction, only.Operations.Length))
        {
            return;
        }

        transaction.OnePhase = true;
        transaction.OnePhaseRecord = s.AppendForced(new OnePhaseStarted(s.Clock.Time, transaction.Id, only.Operations), transaction);
    }

    internal static void OnAnswer(CoordinatorState s, Branch branch, CallResult result)
    {
        switch (result)
        {
            case Voted voted:
                OnVote(s, branch, voted);
                break;
            case Rejected rejected:
                OnRejection(s, branch, rejected.Detail);
                break;
            case NeverHeardOf never:
                OnRejection(s, branch, never.Detail);
                break;
            case Done:
                OnFailure(s, branch, new Failed(FailureKind.Answer, "answered without a vote"));
                break;
            case Failed failed:
                OnFailure(s, branch, failed);
                break;
        }
    }

    /// <summary>
    /// A late vote of an attempt that was given up. It counts nothing (I13), but where it differs from the vote that was
    /// counted the participant has contradicted itself, and an undecided transaction aborts.
    /// </summary>
    internal static void OnLateVote(CoordinatorState s, Branch branch, Voted voted)
    {
        if (branch.Transaction.State is TransactionState.Active or TransactionState.Preparing && branch.Vote is { } vote && vote != voted.Vote)
        {
            Contradicted(s, branch, vote, voted.Vote);
        }
    }

    internal static void OnVote(CoordinatorState s, Branch branch, Voted voted)
    {
        var transaction = branch.Transaction;
        ProtocolViolationException.ThrowUnless(branch.Vote is null, $"{transaction.Id} branch {branch.Header.Id} voted and was asked again");
        if (transaction.OnePhase)
        {
            // There is no second phase to send it back with, and nothing may keep the participant's answer from deciding.
            voted = voted with { Evidence = null };
        }

        if (voted.Evidence is { } evidence && !Room.Fits(s, evidence.Length * 3))
        {
            OnFailure(s, branch, new Failed(FailureKind.Answer, "the coordinator's log has no room for the vote's evidence"));
            return;
        }

        branch.Vote = voted.Vote;
        branch.LastError = null;
        switch (voted.Vote)
        {
            case Vote.Yes:
                branch.State = BranchState.Prepared;
                branch.Evidence = voted.Evidence;
                Room.Reserve(s, transaction, (voted.Evidence?.Length ?? 0) * 3);
                break;
            case Vote.ReadOnly:
                branch.State = BranchState.ReadOnly;
                break;
            case Vote.No:
                branch.State = BranchState.Refused;
                branch.LastError = voted.Reason;
                Deciding.Abort(s, transaction, new(AbortCode.VoteNo, branch.Participant.Name, voted.Reason));
                return;
        }

        if (!transaction.OnePhase)
        {
            branch.Operations = default;
        }

        // A resource may have voted while its transaction is still active.
        if (transaction.State == TransactionState.Preparing && AllVoted(transaction))
        {
            Deciding.Commit(s, transaction);
        }
    }

    /// <summary>AC3: every member, by member and not by number.</summary>
    private static bool AllVoted(Transaction transaction)
    {
        foreach (var branch in transaction.Branches)
        {
            if (branch.Vote is not (Vote.Yes or Vote.ReadOnly))
            {
                return false;
            }
        }

        return true;
    }

    private static void Contradicted(CoordinatorState s, Branch branch, Vote first, Vote second)
    {
        // A branch that said yes at any time may be prepared, whatever else it said: it is rolled back.
        branch.State = BranchState.Prepared;
        branch.LastError = $"voted {first}, then {second}";
        Deciding.Abort(s, branch.Transaction, new(AbortCode.VoteNo, branch.Participant.Name, branch.LastError));
    }

    /// <summary>A definite refusal fails the branch at once. In one phase it is no vote, and only a vote decides.</summary>
    private static void OnRejection(CoordinatorState s, Branch branch, string detail)
    {
        if (branch.Transaction.OnePhase)
        {
            OnFailure(s, branch, new Failed(FailureKind.Answer, detail));
            return;
        }

        branch.LastError = detail;
        Deciding.Abort(s, branch.Transaction, new(AbortCode.VoteNo, branch.Participant.Name, detail));
    }

    private static void OnFailure(CoordinatorState s, Branch branch, Failed failed)
    {
        var transaction = branch.Transaction;
        branch.LastError = failed.Detail;
        if (transaction.OnePhase && transaction.AbortWanted is { } reason && !MayBeDecidedElsewhere(transaction))
        {
            Deciding.Abort(s, transaction, reason);
            return;
        }

        Delivery.Retry(s, branch, failed.RetryAfter);
    }

    /// <summary>The deadline bounds the time to the decision. What is decided, or is the participant's to decide, it does not touch.</summary>
    internal static void OnDeadline(CoordinatorState s, Transaction transaction)
    {
        if (!transaction.IsDecided)
        {
            AbortIfUndecided(s, transaction, ReasonOfDeadline(transaction));
        }
    }

    /// <summary>Aborts now, or, while a one-phase call may have arrived, as soon as it is known that it did not.</summary>
    internal static void AbortIfUndecided(CoordinatorState s, Transaction transaction, AbortReason reason)
    {
        if (MayBeDecidedElsewhere(transaction))
        {
            transaction.AbortWanted ??= reason;
            return;
        }

        Deciding.Abort(s, transaction, reason);
    }

    /// <summary>A one-phase call that may have arrived: only the participant's answer decides.</summary>
    internal static bool MayBeDecidedElsewhere(Transaction transaction) =>
        transaction.OnePhase && (transaction.Branches[0].MayHaveArrived || transaction.Branches[0].Place == DeliveryPlace.Calling);

    private static AbortReason ReasonOfDeadline(Transaction transaction)
    {
        foreach (var branch in transaction.Branches)
        {
            if (branch.State == BranchState.Preparing)
            {
                var unreached = branch.Unreachable || branch.Participant.IsDown;
                return new(
                    unreached ? AbortCode.Unreachable : AbortCode.Timeout,
                    branch.Participant.Name,
                    branch.LastError is { } error ? $"no vote before the deadline; last: {error}" : "no vote before the deadline");
            }
        }

        return new(AbortCode.Timeout, null, transaction.AwaitsLocks ? $"no lock before the deadline; {Locks.Awaited(transaction)}" : "not committed before the deadline");
    }
}
