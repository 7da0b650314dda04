using Concordat.Core.History;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>A person settles a branch by hand (I12): recorded with who and why, and counted as the branch's acknowledgement (I9).</summary>
internal static class Settling
{
    /// <summary>Who and why, in characters.</summary>
    internal const int MaxTextLength = 1000;

    /// <summary>What a settlement takes at most.</summary>
    internal const int MaxBytes = (2 * MaxTextLength * 3) + 64;

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
        var kind = s.Epochs.Classify(input.Id, out var epoch);
        if (kind != IdKind.Ours || !epoch!.IsUncertain || s.FindSaga(input.Id) is not null)
        {
            s.Answer(input.Caller, kind == IdKind.OfUnknownEpoch ? Finding.LogBehind(input.Id) : Finding.Unknown(s, input.Id));
            return;
        }

        if (Room.Refusal(s, RoomFor(input)) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        var settled = new UnknownSettled(s.Clock.Time, input.Id, AsOutcome(input.As), input.Who, input.Why);
        var record = s.AppendForced(settled, transaction: null);
        var transaction = Finishing.FromSettlement(settled);
        Finishing.AddToHistory(s, transaction, keepForEver: true, decisionRecord: record, endRecord: record);
        s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), record);
    }

    /// <summary>The copy has the transaction, and the branch was enlisted later. A person's word holds for all of it.</summary>
    private static void ResolveKnownInPart(CoordinatorState s, ResolveInput input, Transaction transaction)
    {
        if (Room.Refusal(s, RoomFor(input)) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        // Logged before the decision that it makes, like any settlement; a crash between the two leaves neither.
        s.AppendForced(new UnknownSettled(s.Clock.Time, input.Id, AsOutcome(input.As), input.Who, input.Why), transaction: null);
        if (input.As == Settlement.Committed)
        {
            Deciding.CommitByHand(s, transaction, input);
        }
        else
        {
            Deciding.Abort(s, transaction, new(AbortCode.Operator, null, $"settled by {input.Who}: {input.Why}"));
        }

        s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), transaction.DecisionRecord);
    }

    private static void Resolve(CoordinatorState s, ResolveInput input, Transaction transaction)
    {
        if (transaction.FindBranch(input.BranchId) is not { } branch)
        {
            if (transaction.Suspended)
            {
                ResolveKnownInPart(s, input, transaction);
                return;
            }

            s.Refuse(input.Caller, ProblemKind.UnknownBranch, $"{input.Id} has no branch '{input.BranchId}'");
            return;
        }

        if (branch.Settlement is { } settlement && settlement.As == input.As)
        {
            s.Emit(Force.Instance);
            s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), s.AppendedRecords);
            return;
        }

        var decidesByHand = !transaction.IsDecided && (transaction.Suspended || Preparing.MayBeDecidedElsewhere(transaction));
        if (!decidesByHand && !s.IsOutcomeDurable(transaction))
        {
            s.Refuse(input.Caller, ProblemKind.NotDecided, $"{input.Id} is not decided; roll it back, or wait for the decision, before a branch is settled");
            return;
        }

        if (!decidesByHand && !branch.AwaitsOutcome)
        {
            s.Refuse(input.Caller, ProblemKind.BranchEnded, $"branch '{input.BranchId}' of {input.Id} is {branch.State.ToString().ToLowerInvariant()} already");
            return;
        }

        if (Room.Refusal(s, RoomFor(input)) is { } refusal)
        {
            s.Answer(input.Caller, refusal);
            return;
        }

        if (!Room.FitsRecord(s, transaction, more: 0))
        {
            s.Refuse(input.Caller, ProblemKind.LogFull, $"{transaction.Id} has no room for another settlement: its record in the log is as large as the log's files allow");
            return;
        }

        Delivery.Withdraw(s, branch);
        branch.Settlement = new BranchSettlement(input.As, input.Who, input.Why, s.Clock.Time);
        var record = s.AppendForced(
            new BranchSettled(s.Clock.Time, transaction.Id, branch.Index, input.As, input.Who, input.Why), transaction);
        if (decidesByHand)
        {
            Decide(s, transaction, branch, input);
            record = transaction.DecisionRecord;
        }
        else
        {
            Completing.Acknowledged(s, branch);
        }

        s.Answer(input.Caller, new TransactionReply(transaction, Answered.Ok), record);
        Delivery.Pump(s, branch.Participant);
    }

    /// <summary>
    /// Where only a participant's answer could decide and it is gone for good (one phase), or only the original of this copy
    /// (suspended), a person's word is the decision. It is logged behind the settlement; a crash between the two leaves neither.
    /// </summary>
    private static void Decide(CoordinatorState s, Transaction transaction, Branch settled, ResolveInput input)
    {
        if (input.As == Settlement.RolledBack)
        {
            settled.State = BranchState.Aborted;
            Deciding.Abort(s, transaction, new(AbortCode.Operator, settled.Participant.Name, $"settled by {input.Who}: {input.Why}"));
            return;
        }

        Deciding.CommitByHand(s, transaction, input);
        settled.State = BranchState.Committed;
    }

    private static int RoomFor(ResolveInput input) => ((input.Who.Length + input.Why.Length) * 3) + 64;

    private static void Repeat(CoordinatorState s, ResolveInput input, FinishedTransaction finished)
    {
        var transaction = Finishing.Revive(s, finished);
        Reply reply = transaction.FindBranch(input.BranchId) switch
        {
            null when transaction.Branches.Count == 0 && finished.IsKeptForEver && AsOutcome(input.As) == finished.Outcome => new TransactionReply(transaction, Answered.Ok),
            null when transaction.Branches.Count == 0 && finished.IsKeptForEver => new ProblemReply(ProblemKind.BranchEnded, $"{input.Id} was settled as {Finding.Verb(finished.Outcome)}"),
            null => new ProblemReply(ProblemKind.UnknownBranch, $"{input.Id} has no branch '{input.BranchId}'"),
            { Settlement.As: var settled } when settled == input.As => new TransactionReply(transaction, Answered.Ok),
            _ => new ProblemReply(ProblemKind.BranchEnded, $"branch '{input.BranchId}' of {input.Id} has ended"),
        };
        s.Emit(Force.Instance);
        s.Answer(input.Caller, reply, s.AppendedRecords);
    }

    private static Outcome AsOutcome(Settlement settlement) => settlement == Settlement.Committed ? Outcome.Committed : Outcome.Aborted;
}
