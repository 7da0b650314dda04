using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>Phase two: commits to every branch that voted yes, rollbacks to every branch that may hold something, repeated until acknowledged.</summary>
internal static class Completing
{
    /// <summary>The commit decision has become durable (I6): from here on everybody may hear of it.</summary>
    internal static void OnDecisionDurable(CoordinatorState s, Transaction transaction)
    {
        if (transaction.Outcome != Outcome.Committed)
        {
            return;
        }

        s.Enter(transaction, TransactionState.Committing);
        StartCommit(s, transaction);
        Waiting.OutcomeKnown(s, transaction);
        EndIfAllAcknowledged(s, transaction);
    }

    /// <summary>Read-only branches get no second phase; in one phase the branch has committed already.</summary>
    internal static void StartCommit(CoordinatorState s, Transaction transaction)
    {
        foreach (var branch in transaction.Branches)
        {
            if (branch.Vote != Vote.Yes || branch.Settlement is not null)
            {
                continue;
            }

            if (transaction.OnePhase)
            {
                branch.State = BranchState.Committed;
            }
            else
            {
                Await(s, branch, BranchState.Committing);
            }
        }
    }

    /// <summary>
    /// To every branch that did not itself vote no or read-only: a silent one may have prepared, an enlisted one may have
    /// work open.
    /// </summary>
    internal static void StartRollback(CoordinatorState s, Transaction transaction)
    {
        // First all prepares are given up, so that no slot that one of them leaves is given to another of them.
        foreach (var branch in transaction.Branches)
        {
            Delivery.Withdraw(s, branch);
        }

        foreach (var branch in transaction.Branches)
        {
            if (branch.State is BranchState.Refused or BranchState.ReadOnly || branch.Settlement is not null)
            {
                continue;
            }

            if (branch.Participant.Flags.IsResource)
            {
                // Nobody is awaited: whoever finds it prepared asks, and is told that it is aborted, now and for ever.
                branch.State = BranchState.Aborted;
            }
            else
            {
                Await(s, branch, BranchState.Aborting);
            }
        }
    }

    private static void Await(CoordinatorState s, Branch branch, BranchState state)
    {
        branch.State = state;
        branch.Operations = default;
        branch.AttemptsInPhase = 0;
        branch.Failures = 0;
        branch.Participant.Backlog++;
        Delivery.Send(s, branch);
    }

    internal static void OnAnswer(CoordinatorState s, Branch branch, CallResult result)
    {
        switch (result)
        {
            case Done:
            case NeverHeardOf when branch.State == BranchState.Aborting:
                Acknowledged(s, branch);
                break;
            case NeverHeardOf never:
                OnHazard(s, branch, never.Detail);
                s.Timers.Arm(branch, s.Now.Monotonic + s.Options.HazardInterval);
                break;
            case Voted:
                Again(s, branch, new Failed(FailureKind.Answer, "answered with a vote where an acknowledgement was asked for"));
                break;
            case Rejected rejected:
                Again(s, branch, new Failed(FailureKind.Answer, rejected.Detail));
                break;
            case Failed failed:
                Again(s, branch, failed);
                break;
        }
    }

    internal static void Acknowledged(CoordinatorState s, Branch branch)
    {
        s.Hazards -= branch.State == BranchState.Hazard ? 1 : 0;
        branch.State = branch.State == BranchState.Aborting ? BranchState.Aborted : BranchState.Committed;
        branch.LastError = null;
        branch.Participant.Backlog--;
        EndIfAllAcknowledged(s, branch.Transaction);
    }

    /// <summary>
    /// "I know that I do not have it" after a yes: this cannot be true of a participant that keeps its promise. It is shown and
    /// counted, asked again now and then (a done heals it), and never guessed away.
    /// </summary>
    internal static void OnHazard(CoordinatorState s, Branch branch, string detail)
    {
        s.Hazards += branch.State == BranchState.Hazard ? 0 : 1;
        branch.State = BranchState.Hazard;
        branch.LastError = detail;
    }

    private static void Again(CoordinatorState s, Branch branch, Failed failed)
    {
        branch.LastError = failed.Detail;
        if (branch.State == BranchState.Hazard && !branch.Unreachable)
        {
            s.Timers.Arm(branch, s.Now.Monotonic + s.Options.HazardInterval);
            return;
        }

        Delivery.Retry(s, branch, failed.RetryAfter);
    }

    /// <summary>I9: the end is appended only after every acknowledgement, or an operator's recorded settlement. I17: locks are released behind it.</summary>
    internal static void EndIfAllAcknowledged(CoordinatorState s, Transaction transaction)
    {
        foreach (var branch in transaction.Branches)
        {
            if (branch.AwaitsOutcome)
            {
                return;
            }
        }

        s.Enter(transaction, transaction.Outcome == Outcome.Committed ? TransactionState.Committed : TransactionState.Aborted);
        s.Append(new Ended(s.Clock.Time, transaction.Id, transaction.Outcome!.Value, Room.ForRecord(s, transaction.Reason), Finishing.Details(transaction)), transaction);
        var owner = transaction.Locks;
        transaction.Locks = null;
        Finishing.ToHistory(s, transaction);
        Waiting.Ended(s, transaction);
        Locks.Release(s, owner);
    }
}
