using Concordat.Core.History;
using Concordat.Core.Participants;
using Concordat.Core.Transactions;

namespace Concordat.Core.Resources;

/// <summary>
/// A database's word on branches of decided transactions: what stands in for an acknowledgement where nobody was called. A report
/// may come twice, and may be lost: the next sweep asks again.
/// </summary>
internal static class Reporting
{
    internal static void Report(CoordinatorState s, ReportInput input)
    {
        if (Sweeping.Find(s, input.Caller, input.Resource) is not { } resource)
        {
            return;
        }

        var refusals = new ProblemReply?[input.Reports.Count];
        for (var i = 0; i < refusals.Length; i++)
        {
            refusals[i] = Take(s, resource, input.Reports[i]);
        }

        s.Answer(input.Caller, new ReportedReply(refusals));
    }

    private static ProblemReply? Take(CoordinatorState s, Participant resource, BranchReport report)
    {
        switch (s.Find(report.TransactionId))
        {
            case Transaction live:
                return Take(s, resource, live, report);
            case FinishedTransaction:
                return null;
            default:
                return s.Epochs.Classify(report.TransactionId, out _) == IdKind.OfUnknownEpoch ? Finding.LogBehind(report.TransactionId) : Finding.Unknown(s, report.TransactionId);
        }
    }

    private static ProblemReply? Take(CoordinatorState s, Participant resource, Transaction transaction, BranchReport report)
    {
        if (transaction.FindBranch(report.BranchId) is not { } branch || branch.Participant != resource)
        {
            return new(ProblemKind.UnknownBranch, $"{transaction.Id} has no branch '{report.BranchId}' on resource '{resource.Name}'");
        }

        if (transaction.Suspended)
        {
            return Finding.LogBehind(transaction.Id);
        }

        if (transaction.OnePhase)
        {
            if (!transaction.IsDecided)
            {
                CommittingAlone.Believe(s, branch, report.Fate);
            }

            return null;
        }

        if (!s.IsOutcomeDurable(transaction))
        {
            return new(ProblemKind.NotDecided, $"{transaction.Id} is not decided: whatever its branch did was not asked for");
        }

        if (branch.AwaitsOutcome)
        {
            Believe(s, branch, report.Fate);
        }

        return null;
    }

    private static void Believe(CoordinatorState s, Branch branch, Fate fate)
    {
        switch (fate)
        {
            case Fate.Committed:
                Delivery.Withdraw(s, branch);
                Completing.Acknowledged(s, branch);
                break;
            case Fate.RolledBack:
                Completing.OnHazard(s, branch, "its database says that it was rolled back, though its transaction has committed: somebody settled it there by hand");
                break;
            case Fate.Unknown:
                Completing.OnHazard(s, branch, "it is not prepared any more, and its database cannot tell what became of it");
                break;
        }
    }
}
