using Concordat.Core.History;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>A person settles a branch by hand (I12): recorded with who and why, and counted as the branch's acknowledgement (I9).</summary>
internal static class Settling
{
    /// <summary>Who and why, in characters.</summary>
    internal const int MaxTextLength = 1000;

    internal static void Resolve(CoordinatorState s, ResolveInput input)
    {
        switch (s.Find(input.Id))
        {
            case Transaction live:
                Resolve(s, input, live);
                break;
            case FinishedTransaction finished:
                Repeat(s, input, finished);
                break;
            default:
                ResolveUnknown(s, input);
                break;
        }
    }

    /// <summary>
    /// Where the log is a copy from earlier, a participant may be in doubt about a transaction that only the original knew. A
    /// person who knows its outcome says so; it holds for every branch, and for ever.
    /// </summary>
    private static void ResolveUnknown(CoordinatorState s, ResolveInput input)
    {
        if (s.Epochs.Classify(input.Id, out var epoch) != IdKind.Ours || !epoch!.IsUncertain)
        {
            s.Answer(input.Caller, Finding.Unknown(s, input.Id));
            return;
        }

        if (Room.Refusal(s, (input.Who.Length + input.Why.Length) * 3) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        var outcome = input.As == Settlement.Committed ? Outcome.Committed : Outcome.Aborted;
        var settled = new UnknownSettled(s.Clock.Time, input.Id, outcome, input.Who, input.Why);
        var record = s.AppendForced(settled, transaction: null);
        var transaction = Finishing.FromSettlement(settled);
        Finishing.AddToHistory(s, transaction, keepForEver: true, decisionRecord: record);
        s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), record);
    }

    private static void Resolve(CoordinatorState s, ResolveInput input, Transaction transaction)
    {
        if (transaction.FindBranch(input.BranchId) is not { } branch)
        {
            s.Refuse(input.Caller, ProblemKind.UnknownBranch, $"{input.Id} has no branch '{input.BranchId}'");
            return;
        }

        if (branch.Settlement is { } settlement && settlement.As == input.As)
        {
            s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), s.AppendedRecords);
            return;
        }

        if (!transaction.IsDecided || !s.IsOutcomeDurable(transaction))
        {
            s.Refuse(input.Caller, ProblemKind.NotDecided, $"{input.Id} is not decided; roll it back, or wait for the decision, before a branch is settled");
            return;
        }

        if (!branch.AwaitsOutcome)
        {
            s.Refuse(input.Caller, ProblemKind.BranchEnded, $"branch '{input.BranchId}' of {input.Id} is {branch.State.ToString().ToLowerInvariant()} already");
            return;
        }

        if (Room.Refusal(s, (input.Who.Length + input.Why.Length) * 3) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        Delivery.Withdraw(s, branch);
        branch.Settlement = new BranchSettlement(input.As, input.Who, input.Why, s.Clock.Time);
        var record = s.AppendForced(
            new BranchSettled(s.Clock.Time, transaction.Id, branch.Index, input.As, input.Who, input.Why), transaction);
        s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), record);
        Completing.Acknowledged(s, branch);
    }

    private static void Repeat(CoordinatorState s, ResolveInput input, FinishedTransaction finished)
    {
        var transaction = Finishing.Revive(s, finished);
        Reply reply = transaction.FindBranch(input.BranchId) switch
        {
            null => new ProblemReply(ProblemKind.UnknownBranch, $"{input.Id} has no branch '{input.BranchId}'"),
            { Settlement.As: var settled } when settled == input.As => new TransactionReply(transaction, Answered.Ok),
            _ => new ProblemReply(ProblemKind.BranchEnded, $"branch '{input.BranchId}' of {input.Id} has ended"),
        };
        s.Answer(input.Caller, reply, s.AppendedRecords);
    }
}
