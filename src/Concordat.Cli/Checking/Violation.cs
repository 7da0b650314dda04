namespace Concordat.Cli.Checking;

/// <summary>What must never be found. docs/check.md has a section for each.</summary>
internal enum ViolationKind
{
    /// <summary>A log is damaged elsewhere than at its torn tail.</summary>
    LogDamaged,

    /// <summary>A record whose frame is good and whose content is not.</summary>
    RecordUnreadable,
    BegunTwice,

    /// <summary>A decision, end or settlement of a transaction that never began.</summary>
    NeverBegun,
    DecidedTwice,

    /// <summary>Two records give two outcomes.</summary>
    OutcomeChanged,

    /// <summary>Ended as committed without a commit decision on record.</summary>
    EndedWithoutDecision,
    EndedTwice,

    /// <summary>A commit decision that names a branch which the transaction does not have.</summary>
    DecisionOfNoBranch,

    /// <summary>Two transactions hold a key at once that they do not share.</summary>
    LockHeldTwice,

    /// <summary>A fencing token that is not higher than all before it, or that was not reserved.</summary>
    TokenNotRising,

    /// <summary>A step of a saga starts or ends when it must not.</summary>
    StepOutOfOrder,

    /// <summary>A step of a saga is undone when it must not be.</summary>
    UndoneOutOfOrder,

    /// <summary>A step of a saga that is a transaction, and has another outcome than that, or is tried again in spite of it.</summary>
    StepNotAsDecided,

    /// <summary>A saga ends before all its steps are done, or undone.</summary>
    SagaEndedEarly,

    /// <summary>A record of a saga that has ended.</summary>
    AfterTheEnd,

    /// <summary>A checkpoint leaves out a saga that has not ended, or a record of it.</summary>
    SagaNotRemembered,
    PreparedTwice,
    PreparedAfterOutcome,
    OutcomeTwice,

    /// <summary>Committed in two phases without a promise before.</summary>
    CommittedUnprepared,

    /// <summary>A promise that its own log lost without an outcome.</summary>
    PromiseLost,

    /// <summary>A participant committed, and no decision to commit is on record.</summary>
    CommitWithoutDecision,

    /// <summary>A participant committed what the coordinator aborted.</summary>
    CommittedAborted,

    /// <summary>A participant rolled back what the coordinator committed on its yes.</summary>
    RolledBackCommitted,

    /// <summary>A branch committed that the decision does not name.</summary>
    CommitNotVoted,

    /// <summary>The decision counts a yes of which the participant's log knows nothing.</summary>
    YesWithoutPromise,

    /// <summary>The coordinator ended the transaction, and a branch never committed.</summary>
    CommitNotDelivered,

    /// <summary>The coordinator ended the transaction, and a branch still holds its promise.</summary>
    RollbackNotDelivered,
}

/// <param name="Where">Transaction, branch, participant: as far as it is about one.</param>
internal sealed record Violation(ViolationKind Kind, Place Where, string Text, IReadOnlyList<RecordReference> Records);

internal readonly record struct Place(TransactionId? Transaction = null, string? Branch = null, string? Participant = null);

/// <summary>Why a branch could not be judged. That is no violation.</summary>
internal enum NotChecked
{
    /// <summary>It is not over: the next look may tell.</summary>
    Unfinished,

    /// <summary>A log no longer holds transactions of that age.</summary>
    BeyondRetention,

    /// <summary>No log of its participant was given.</summary>
    NoLogGiven,

    /// <summary>A transaction of another coordinator.</summary>
    OtherCoordinator,

    /// <summary>An operator settled it.</summary>
    SettledByHand,

    /// <summary>The coordinator runs on a restored copy, and what the original did is not in this log.</summary>
    RestoredCopy,

    /// <summary>The coordinator's log does not know the epoch, and nothing was committed.</summary>
    UnknownEpoch,

    /// <summary>A log is damaged, so what is missing there says nothing.</summary>
    LogDamaged,
}

internal static class Kebab
{
    /// <summary>CommittedAborted: committed-aborted.</summary>
    internal static string Name<T>(T value)
        where T : struct, Enum
    {
        var text = new System.Text.StringBuilder();
        foreach (var c in value.ToString())
        {
            _ = char.IsUpper(c) && text.Length > 0 ? text.Append('-').Append(char.ToLowerInvariant(c)) : text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
