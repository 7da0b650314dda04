using Concordat.Core.Transactions;

namespace Concordat.Core.Participants;

/// <summary>Makes the call that a branch needs in its state, and says which record it must wait for.</summary>
internal static class CallMaker
{
    internal static Call Make(CoordinatorState s, Branch branch)
    {
        var transaction = branch.Transaction;
        var header = transaction.Header;
        var target = new CallTarget(
            branch.Participant.Name, branch.Participant.Url, branch.Header.Id, transaction.CreatedAt, header.Deadline, header.TraceParent);
        var (kind, after) = branch.State switch
        {
            BranchState.Preparing when transaction.OnePhase => (CallKind.OnePhase, transaction.OnePhaseRecord),
            BranchState.Preparing => (CallKind.Prepare, Preparing.RecordBeforePrepare(transaction)),
            // I6: no commit message before the decision is durable.
            BranchState.Committing or BranchState.Hazard => (CallKind.Commit, transaction.DecisionRecord),
            BranchState.Aborting => (CallKind.Rollback, transaction.DecisionRecord),
            _ => throw new ProtocolViolationException($"{transaction.Id} calls branch {branch.Header.Id} in state {branch.State}"),
        };
        return new Call(branch.Key, kind, target, Math.Max(after, s.EpochRecord))
        {
            EndedBefore = s.EndedBefore,
            Operations = kind is CallKind.Prepare or CallKind.OnePhase ? branch.Operations : default,
            Evidence = branch.Evidence,
        };
    }
}
