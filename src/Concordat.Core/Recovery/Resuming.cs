using Concordat.Core.Participants;
using Concordat.Core.Sagas;
using Concordat.Core.Transactions;

namespace Concordat.Core.Recovery;

/// <summary>Takes up a transaction that was not at its end, by the row of the table that fits it.</summary>
internal static class Resuming
{
    internal static void Resume(CoordinatorState s, ReplayedTransaction replayed)
    {
        var transaction = replayed.Transaction;
        Beginning.Track(s, transaction);
        s.Epochs.Classify(transaction.Id, out var epoch);
        switch (RecoveryTable.Decide(replayed.Facts))
        {
            case RecoveryAction.FinishCommit:
                Completing.StartCommit(s, transaction);
                StepTransactions.OnOutcome(s, transaction);
                Completing.EndIfAllAcknowledged(s, transaction);
                break;
            case RecoveryAction.FinishAbort:
                Completing.StartRollback(s, transaction);
                StepTransactions.OnOutcome(s, transaction);
                Completing.EndIfAllAcknowledged(s, transaction);
                break;
            case RecoveryAction.Abort or RecoveryAction.AskAgain when epoch!.IsUncertain:
                // The original of this copy may have decided.
                transaction.Suspended = true;
                Unsettle(transaction);
                break;
            case RecoveryAction.Abort:
                Deciding.Abort(s, transaction, new(AbortCode.Recovery, null, "the coordinator restarted before the decision"));
                break;
            case RecoveryAction.AskAgain:
                AskAgain(s, transaction);
                break;
            default:
                throw new ImpossibleLogException($"{transaction.Id} is live and shows {replayed.Facts}");
        }
    }

    /// <summary>A person's word is logged before the decision that it makes; where a crash came between them, nobody has heard of either.</summary>
    private static void Unsettle(Transaction transaction)
    {
        foreach (var branch in transaction.Branches)
        {
            branch.Settlement = null;
        }
    }

    private static void AskAgain(CoordinatorState s, Transaction transaction)
    {
        if (transaction.State == TransactionState.Active)
        {
            s.Enter(transaction, TransactionState.Preparing);
        }

        var only = transaction.Branches[0];
        Unsettle(transaction);
        transaction.CommitRequested = true;
        only.State = BranchState.Preparing;
        only.MayHaveArrived = true;
        Delivery.Send(s, only);
    }
}
