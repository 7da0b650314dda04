using Concordat.Core.History;
using Concordat.Core.Resources;

namespace Concordat.Core.Transactions;

/// <summary>What applications ask of a transaction that exists: commit, rollback, look.</summary>
internal static class Requesting
{
    internal static void Commit(CoordinatorState s, CommitInput input)
    {
        switch (s.Find(input.Id))
        {
            case Transaction { Outcome: Outcome.Aborted, CommitRequested: false } aborting:
                s.Answer(input.Caller, AlreadyAborted(input.Id), aborting.DecisionRecord);
                break;
            case Transaction { Suspended: true }:
                s.Answer(input.Caller, Finding.LogBehind(input.Id));
                break;
            case Transaction { IsDecided: false } live when Enlisting.Refusal(s, live, input.Branches) is { } refusal:
                s.Answer(input.Caller, refusal);
                break;
            case Transaction { IsDecided: false } live when input.Branches is [{ OnePhase: not null } only]:
                CommittingAlone.Start(s, live, input.Caller, only);
                break;
            case Transaction live:
                // Before the start: where a branch's refusal is known at once, the waiter must be there to hear it.
                Waiting.ForOutcome(s, live, input.Caller, WaitsFor.Outcome);
                live.CommitRequested = true;
                Enlisting.EnlistAll(s, live, input.Branches);
                if (live is { State: TransactionState.Active, AwaitsLocks: false })
                {
                    Preparing.Start(s, live);
                }

                break;
            case FinishedTransaction { Outcome: Outcome.Aborted, CommitRequested: false } finished:
                s.Answer(input.Caller, AlreadyAborted(input.Id), finished.DecisionRecord);
                break;
            case FinishedTransaction finished:
                s.Answer(input.Caller, new TransactionReply(Finishing.Revive(s, finished), Answered.Ok), finished.DecisionRecord);
                break;
            default:
                CommitUnknown(s, input);
                break;
        }
    }

    /// <summary>
    /// I11: of a known epoch and unknown, it is refused as aborted, not begun again: it never was durable. But where history of
    /// that age was dropped it may as well have committed, and the honest answer is "forgotten".
    /// </summary>
    private static void CommitUnknown(CoordinatorState s, CommitInput input)
    {
        var kind = s.Epochs.Classify(input.Id, out var epoch);
        s.Answer(input.Caller, kind switch
        {
            IdKind.OfUnknownEpoch => Finding.LogBehind(input.Id),
            IdKind.Ours when epoch!.IsUncertain => Finding.LogBehind(input.Id),
            IdKind.Ours when input.Id.Counter > epoch!.ForgottenUpTo && s.FindSaga(input.Id) is null => AlreadyAborted(input.Id),
            _ => Finding.Unknown(s, input.Id),
        });
    }

    internal static void Rollback(CoordinatorState s, RollbackInput input)
    {
        switch (s.Find(input.Id))
        {
            case Transaction { Suspended: true }:
                // The original of this copy may have committed it. Only a person who knows may say, and has to say who and why.
                s.Answer(input.Caller, Finding.LogBehind(input.Id));
                break;
            case Transaction live:
                Waiting.ForOutcome(s, live, input.Caller, WaitsFor.Rollback);
                if (!live.IsDecided)
                {
                    Preparing.AbortIfUndecided(s, live, new(AbortCode.ClientRollback, null, "rolled back on request"));
                }

                break;
            case FinishedTransaction { Outcome: Outcome.Committed }:
                s.Refuse(input.Caller, ProblemKind.AlreadyCommitted, $"{input.Id} has committed");
                break;
            case FinishedTransaction finished:
                s.Answer(input.Caller, new TransactionReply(Finishing.Revive(s, finished), Answered.Ok), finished.DecisionRecord);
                break;
            default:
                var behind = s.Epochs.Classify(input.Id, out var epoch) == IdKind.OfUnknownEpoch || epoch is { IsUncertain: true };
                s.Answer(input.Caller, behind ? Finding.LogBehind(input.Id) : Finding.Unknown(s, input.Id));
                break;
        }
    }

    internal static void Get(CoordinatorState s, GetInput input)
    {
        switch (s.Find(input.Id))
        {
            case Transaction live when input.Wait is { } limit && !live.IsEnded:
                Waiting.ForEnd(s, live, input.Caller, limit);
                break;
            case Transaction live:
                Waiting.Show(s, input.Caller, live);
                break;
            case FinishedTransaction finished:
                s.Answer(input.Caller, new TransactionReply(Finishing.Revive(s, finished), Answered.Ok), finished.DecisionRecord);
                break;
            default:
                s.Answer(input.Caller, Finding.Unknown(s, input.Id));
                break;
        }
    }

    private static ProblemReply AlreadyAborted(TransactionId id) => new(ProblemKind.AlreadyAborted, $"{id} has aborted");
}
