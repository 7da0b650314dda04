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

public sealed record InquiryReply(InquiryOutcome Outcome, bool Presumed) : Reply;

public sealed record ParticipantReply(Participant Participant, Answered How) : Reply;

public sealed record ParticipantsReply(IReadOnlyList<Participant> Participants) : Reply;

public sealed record RemovedReply(string Participant) : Reply;

/// <summary>A refusal. Nothing was changed.</summary>
/// <param name="Detail">Names the offending thing and its value.</param>
public sealed record ProblemReply(ProblemKind Kind, string Detail) : Reply;

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
    NotActive,
    AlreadyAborted,
    AlreadyCommitted,
    BranchIdTaken,
    TooManyBranches,
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
}
