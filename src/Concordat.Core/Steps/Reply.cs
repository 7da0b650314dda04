using Concordat.Core.Participants;
using Concordat.Core.Transactions;

namespace Concordat.Core;

/// <summary>What a caller is told. A closed set.</summary>
public abstract record Reply
{
    private protected Reply()
    {
    }
}

/// <summary>A transaction. Its document is made when the reply is released (<c>Coordinator.DocumentOf</c>), so that it shows the state of that moment.</summary>
public sealed record TransactionReply(Transaction Transaction, Answered How) : Reply;

/// <summary>Which success it is.</summary>
public enum Answered
{
    Ok,
    Created,
    Accepted,
}

public sealed record BranchReply(Transaction Transaction, int Branch, Answered How) : Reply;

public sealed record ListReply(IReadOnlyList<TransactionDocument> Items, string? NextCursor) : Reply;

public sealed record InquiryReply(InquiryOutcome Outcome, bool Presumed) : Reply
{
    internal static InquiryReply Of(Outcome decided) => new(decided == Concordat.Outcome.Committed ? InquiryOutcome.Committed : InquiryOutcome.Aborted, Presumed: false);
}

public sealed record LockReply(long FencingToken) : Reply;

public sealed record LocksReply(IReadOnlyList<LockDocument> Items, string? NextCursor) : Reply;

/// <param name="Saga">As it was when the answer was made; the answer waits until all of it is durable.</param>
public sealed record SagaReply(SagaDocument Saga, Answered How) : Reply;

public sealed record SagasReply(IReadOnlyList<SagaDocument> Items, string? NextCursor) : Reply;

public sealed record ParticipantReply(Participant Participant, Answered How) : Reply;

public sealed record ParticipantsReply(IReadOnlyList<Participant> Participants, bool AreResources) : Reply;

public sealed record RemovedReply(string Participant) : Reply;

/// <param name="Awaiting">Branches decided to commit, of which the database's word is wanted; oldest first.</param>
/// <param name="More">There are more of them than one answer holds.</param>
public sealed record SweepBegunReply(SweepTicket Ticket, IReadOnlyList<AwaitedBranch> Awaiting, bool More) : Reply;

/// <param name="Prepared">What to do with each, in the order of the question.</param>
/// <param name="Done">How many branches were taken for done because they are not prepared any more.</param>
public sealed record SweptReply(IReadOnlyList<PreparedClass> Prepared, int Done) : Reply;

/// <param name="Items">In the order of the question.</param>
public sealed record LookedReply(IReadOnlyList<PreparedDocument> Items) : Reply;

/// <param name="Ended">In the order of the question.</param>
public sealed record EndedReply(IReadOnlyList<bool> Ended) : Reply;

/// <param name="Refusals">In the order of the reports; null where one was taken.</param>
public sealed record ReportedReply(IReadOnlyList<ProblemReply?> Refusals) : Reply;

/// <summary>A refusal. Nothing was changed.</summary>
/// <param name="Detail">Names the offending thing and its value.</param>
public sealed record ProblemReply(ProblemKind Kind, string Detail) : Reply
{
    /// <summary>Of a deadlock: who waits for whom. Empty otherwise.</summary>
    public IReadOnlyList<LockWait> Cycle { get; init; } = [];
}

/// <summary>Why a request was refused; each has a section in docs/problems.md.</summary>
public enum ProblemKind
{
    /// <summary>No such transaction, or an id that this coordinator never issued.</summary>
    UnknownTransaction,

    /// <summary>An id of its own that its log no longer, or never durably, held.</summary>
    Forgotten,

    /// <summary>An id of its own, of an epoch that its log does not know: the log is older than the world.</summary>
    LogBehind,
    UnknownBranch,
    UnknownParticipant,

    /// <summary>The participant of a path that is not registered.</summary>
    NoSuchParticipant,
    ParticipantInUse,

    /// <summary>A service where a resource is meant, or a resource where a service is.</summary>
    WrongKind,

    /// <summary>The name of a resource that is another database.</summary>
    OtherDatabase,

    /// <summary>The listing began before this start of the coordinator.</summary>
    StaleSweep,
    NotActive,
    AlreadyAborted,
    AlreadyCommitted,
    BranchIdTaken,
    TooManyBranches,

    /// <summary>A branch would commit in one phase and there are others beside it.</summary>
    NotTheOnlyBranch,
    TooManyParticipants,
    IdempotencyKeyReused,

    /// <summary>A branch can be settled only after the decision.</summary>
    NotDecided,

    /// <summary>The branch has ended by itself, or was settled in another way.</summary>
    BranchEnded,
    BadCursor,

    /// <summary>Too many undecided transactions.</summary>
    Overloaded,

    /// <summary>Too many decided branches wait for one participant.</summary>
    ParticipantBacklog,
    IdempotencyKeysFull,
    LogFull,

    /// <summary>A lock was not to be had in the time that the caller would wait.</summary>
    LockTimeout,

    /// <summary>The transaction was the victim of a deadlock, and aborts.</summary>
    Deadlock,
    TooManyLocks,

    /// <summary>No such saga, or an id that this coordinator never issued.</summary>
    UnknownSaga,
    UnknownStep,

    /// <summary>A saga that has completed is not cancelled.</summary>
    AlreadyCompleted,

    /// <summary>Nothing of the step waits for its next attempt.</summary>
    NothingToRetry,

    /// <summary>The step's compensation has not failed.</summary>
    NothingToResolve,

    /// <summary>The saga does not wait for a person's word.</summary>
    NothingToResume,

    /// <summary>It would be larger than a record of the log can be.</summary>
    SagaTooLarge,
}
