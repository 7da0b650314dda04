using System.Collections.ObjectModel;
using Concordat.Core.Participants;

namespace Concordat.Core.Transactions;

/// <summary>Makes the documents that the wire shows. What is not durable is not shown (I14).</summary>
internal static class TransactionDocuments
{
    private static readonly TransactionState[] AllStates = Enum.GetValues<TransactionState>();

    internal static TransactionDocument Of(CoordinatorState s, Transaction transaction)
    {
        var known = s.IsOutcomeDurable(transaction);
        var hidden = IsHidden(s, transaction);
        return new TransactionDocument
        {
            Id = transaction.Id,
            Name = transaction.Header.Name,
            State = ShownState(s, transaction),
            Outcome = known ? transaction.Outcome : null,
            Reason = known ? transaction.Reason : null,
            CreatedAt = transaction.CreatedAt.ToDateTimeOffset(),
            Deadline = transaction.Header.Deadline.ToDateTimeOffset(),
            DecidedAt = known ? TimeOf(transaction, TransactionState.Committing) ?? TimeOf(transaction, TransactionState.Aborting) : null,
            CompletedAt = hidden ? null : TimeOf(transaction, TransactionState.Committed) ?? TimeOf(transaction, TransactionState.Aborted),
            Labels = LabelsOf(transaction.Header.Labels),
            Branches = BranchesOf(s, transaction),
            History = HistoryOf(transaction, hidden),
        };
    }

    /// <summary>
    /// An abort that must be logged and is not durable: a crash could still end it otherwise (in one phase the participant is asked
    /// again), so it is shown as what it was before.
    /// </summary>
    private static bool IsHidden(CoordinatorState s, Transaction transaction) =>
        transaction.Outcome == Outcome.Aborted && !s.IsOutcomeDurable(transaction);

    internal static TransactionState ShownState(CoordinatorState s, Transaction transaction) =>
        !IsHidden(s, transaction) ? transaction.State
        : transaction.Times[(int)TransactionState.Preparing] == Timestamp.Zero ? TransactionState.Active
        : TransactionState.Preparing;

    private static BranchState ShownState(CoordinatorState s, Branch branch) =>
        branch.State is not (BranchState.Aborting or BranchState.Aborted) || !IsHidden(s, branch.Transaction) ? branch.State
        : branch.Vote == Vote.Yes ? BranchState.Prepared
        : ShownState(s, branch.Transaction) == TransactionState.Active ? BranchState.Enlisted
        : BranchState.Preparing;

    internal static BranchDocument Of(CoordinatorState s, Branch branch) => new()
    {
        Id = branch.Header.Id,
        Participant = branch.Header.Participant,
        State = ShownState(s, branch),
        Vote = branch.Vote,
        Attempts = branch.AttemptsInPhase,
        LastError = branch.LastError,
        NextAttemptAt = branch.IsArmed ? s.WallOf(branch.Due).ToDateTimeOffset()
            : branch.Place == DeliveryPlace.Queued && branch.Participant.IsArmed ? s.WallOf(branch.Participant.Due).ToDateTimeOffset()
            : null,
        Heuristic = branch.Settlement is { } settled ? new(settled.As, settled.Who, settled.Why, settled.At.ToDateTimeOffset()) : null,
    };

    private static BranchDocument[] BranchesOf(CoordinatorState s, Transaction transaction)
    {
        var branches = new BranchDocument[transaction.Branches.Count];
        for (var i = 0; i < branches.Length; i++)
        {
            branches[i] = Of(s, transaction.Branches[i]);
        }

        return branches;
    }

    internal static IReadOnlyDictionary<string, string> LabelsOf(IReadOnlyList<KeyValuePair<string, string>> given)
    {
        if (given.Count == 0)
        {
            return ReadOnlyDictionary<string, string>.Empty;
        }

        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            labels[name] = value;
        }

        return labels;
    }

    /// <summary>The states in the order of their numbers, which is the order in which they are entered.</summary>
    private static StateChange[] HistoryOf(Transaction transaction, bool withoutAbort)
    {
        Span<StateChange> history = stackalloc StateChange[AllStates.Length];
        var count = 0;
        foreach (var state in AllStates)
        {
            if (TimeOf(transaction, state) is { } at && !(withoutAbort && state is (TransactionState.Aborting or TransactionState.Aborted)))
            {
                history[count++] = new StateChange(state, at);
            }
        }

        return history[..count].ToArray();
    }

    private static DateTimeOffset? TimeOf(Transaction transaction, TransactionState state) =>
        transaction.Times[(int)state] is var time && time == Timestamp.Zero ? null : time.ToDateTimeOffset();
}
