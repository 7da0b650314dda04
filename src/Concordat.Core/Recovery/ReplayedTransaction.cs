using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Recovery;

/// <summary>A transaction that the replay has not seen the end of, and what the log shows of it.</summary>
internal sealed class ReplayedTransaction(Transaction transaction)
{
    internal Transaction Transaction { get; } = transaction;

    internal LogFacts Facts { get; private set; } = new() { Begun = true, OnePhase = transaction.OnePhase };

    /// <summary>From a checkpoint: its decision, if it had one, stands in the image.</summary>
    internal static ReplayedTransaction FromImage(Transaction transaction)
    {
        if (transaction.State == TransactionState.Prepared)
        {
            // The checkpoint was written while the decision was on its way to the disk; its record stands before the checkpoint.
            transaction.Restore(TransactionState.Committing, transaction.Outcome, transaction.Reason);
            transaction.Times[(int)TransactionState.Committing] = transaction.Times[(int)TransactionState.Prepared];
        }

        return new ReplayedTransaction(transaction)
        {
            Facts = new LogFacts
            {
                Begun = true,
                OnePhase = transaction.OnePhase,
                Decisions = transaction.Outcome is null ? 0 : 1,
                Decision = transaction.Outcome,
            },
        };
    }

    internal void Apply(OnePhaseStarted record)
    {
        if (Transaction.Branches.Count != 1)
        {
            throw new ImpossibleLogException($"{Transaction.Id} is called in one phase and has {Transaction.Branches.Count} branches, not one");
        }

        Transaction.OnePhase = true;
        Transaction.Branches[0].Operations = record.Operations;
        Transaction.Branches[0].Evidence = record.Evidence;
        Facts = Facts with { OnePhase = true };
    }

    internal void Apply(Decided record)
    {
        Facts = Facts with
        {
            Decisions = Facts.Decisions + 1,
            Decision = record.Outcome,
            DecisionsDiffer = Facts.DecisionsDiffer || (Facts.Decision is { } earlier && earlier != record.Outcome),
        };
        var committed = record.Outcome == Outcome.Committed;
        var state = committed ? TransactionState.Committing : TransactionState.Aborting;
        Transaction.Restore(state, record.Outcome, record.Reason);
        Transaction.CommitRequested |= committed;
        Transaction.Times[(int)state] = record.At;
        if (committed)
        {
            Transaction.Times[(int)TransactionState.Prepared] = record.At;
            Vote(record.Prepared);
        }
    }

    internal void Apply(BranchSettled record)
    {
        var branch = BranchAt(record.Branch);
        branch.Settlement = new BranchSettlement(record.As, record.Who, record.Why, record.At);
        branch.State = Transaction.Outcome == Outcome.Committed ? BranchState.Committed : BranchState.Aborted;
    }

    internal void Apply(Ended record)
    {
        if (record.Details.Branches.Count != Transaction.Branches.Count)
        {
            throw new ImpossibleLogException($"{Transaction.Id} ends with {record.Details.Branches.Count} branches, and {Transaction.Branches.Count} were enlisted");
        }

        Facts = Facts with { End = record.Outcome };
        Transaction.Restore(
            record.Outcome == Outcome.Committed ? TransactionState.Committed : TransactionState.Aborted,
            record.Outcome,
            record.Reason ?? Transaction.Reason);
        Transaction.CommitRequested = record.Details.CommitRequested;
        for (var i = 0; i < Math.Min(record.Details.Times.Count, 7); i++)
        {
            Transaction.Times[i] = record.Details.Times[i] ?? Timestamp.Zero;
        }

        for (var i = 0; i < record.Details.Branches.Count; i++)
        {
            Transaction.Branches[i].State = record.Details.Branches[i].State;
            Transaction.Branches[i].Vote = record.Details.Branches[i].Vote;
        }
    }

    private Branch BranchAt(int index) => index < Transaction.Branches.Count
        ? Transaction.Branches[index]
        : throw new ImpossibleLogException($"{Transaction.Id} has no branch at place {index}");

    /// <summary>A commit names those that voted yes; all others were read-only.</summary>
    private void Vote(IReadOnlyList<PreparedBranch> prepared)
    {
        foreach (var branch in Transaction.Branches)
        {
            branch.Vote = Concordat.Vote.ReadOnly;
            branch.State = BranchState.ReadOnly;
        }

        foreach (var (index, evidence) in prepared)
        {
            var branch = BranchAt(index);
            branch.Vote = Concordat.Vote.Yes;
            branch.State = branch.Settlement is null ? BranchState.Prepared : BranchState.Committed;
            branch.Evidence = evidence;
        }
    }
}
