using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>One kind of problem document (RFC 9457). <paramref name="Slug"/> is the last part of its stable type, and its heading in docs/problems.md.</summary>
/// <param name="RetryAfterSeconds">For <c>Retry-After</c>; 0 sends none.</param>
internal sealed record ProblemType(string Slug, int Status, string Title, int RetryAfterSeconds = 0)
{
    public string Uri { get; } = "/problems/" + Slug;

    public ProblemException With(string detail) => new(this, detail);
}

/// <summary>Ends a request with a problem document. Thrown only while nothing was changed by the request, but for <see cref="ProblemTypes.OutcomeNotKnown"/>.</summary>
internal sealed class ProblemException(ProblemType type, string detail) : Exception(detail)
{
    public ProblemType Type { get; } = type;

    /// <summary>Of a deadlock: who waits for whom.</summary>
    public IReadOnlyList<LockWait> Cycle { get; init; } = [];
}

/// <summary>Every problem that this server answers with: the one table.</summary>
internal static class ProblemTypes
{
    // Found at the edge, before anything reaches the coordinator.
    public static readonly ProblemType MalformedJson = new("malformed-json", StatusCodes.Status400BadRequest, "The body is not valid JSON");
    public static readonly ProblemType UnknownMember = new("unknown-member", StatusCodes.Status400BadRequest, "The request has a member or parameter that is not known");
    public static readonly ProblemType InvalidValue = new("invalid-value", StatusCodes.Status400BadRequest, "A value is missing, of the wrong type or form, or out of range");
    public static readonly ProblemType UnreadableBody = new("unreadable-body", StatusCodes.Status400BadRequest, "The body could not be read to its end");
    public static readonly ProblemType Unauthorized = new("unauthorized", StatusCodes.Status401Unauthorized, "A bearer token is needed");
    public static readonly ProblemType NotFound = new("not-found", StatusCodes.Status404NotFound, "There is nothing at this path");
    public static readonly ProblemType MethodNotAllowed = new("method-not-allowed", StatusCodes.Status405MethodNotAllowed, "The path does not take this method");
    public static readonly ProblemType BodyTooLarge = new("body-too-large", StatusCodes.Status413PayloadTooLarge, "The body is over 4 MiB");
    public static readonly ProblemType UnsupportedMediaType = new("unsupported-media-type", StatusCodes.Status415UnsupportedMediaType, "The body must be application/json in UTF-8");
    public static readonly ProblemType Internal = new("internal", StatusCodes.Status500InternalServerError, "Something went wrong in the server");
    public static readonly ProblemType Recovering = new("recovering", StatusCodes.Status503ServiceUnavailable, "The coordinator reads its log", 1);
    public static readonly ProblemType Draining = new("draining", StatusCodes.Status503ServiceUnavailable, "The coordinator is stopping", 5);
    public static readonly ProblemType OutcomeNotKnown = new("outcome-not-known", StatusCodes.Status504GatewayTimeout, "The coordinator stopped before the answer was known");
    public static readonly ProblemType TooManyWaiting = new("too-many-waiting", StatusCodes.Status503ServiceUnavailable, "Too many requests wait for an outcome", 1);

    public static readonly ProblemType NotReached = new("database-not-configured", StatusCodes.Status409Conflict, "The server has no connection to this database");
    public static readonly ProblemType DatabaseUnreachable = new("database-unreachable", StatusCodes.Status503ServiceUnavailable, "The database cannot be used now", 5);

    // Answered by the coordinator.
    public static readonly ProblemType UnknownTransaction = new("unknown-transaction", StatusCodes.Status404NotFound, "The transaction is not known");
    public static readonly ProblemType Forgotten = new("forgotten", StatusCodes.Status410Gone, "The transaction is forgotten");
    public static readonly ProblemType LogBehind = new("log-behind", StatusCodes.Status409Conflict, "The log is older than the transaction");
    public static readonly ProblemType UnknownBranch = new("unknown-branch", StatusCodes.Status404NotFound, "The transaction has no such branch");
    public static readonly ProblemType UnknownParticipant = new("unknown-participant", StatusCodes.Status400BadRequest, "The transaction names a participant that is not registered");
    public static readonly ProblemType NoSuchParticipant = new("no-such-participant", StatusCodes.Status404NotFound, "The participant is not registered");
    public static readonly ProblemType ParticipantInUse = new("participant-in-use", StatusCodes.Status409Conflict, "The participant has unfinished branches");
    public static readonly ProblemType WrongKind = new("wrong-kind", StatusCodes.Status409Conflict, "A service where a resource is meant, or a resource where a service is");
    public static readonly ProblemType OtherDatabase = new("other-database", StatusCodes.Status409Conflict, "The resource is another database");
    public static readonly ProblemType StaleSweep = new("stale-sweep", StatusCodes.Status409Conflict, "The sweep began before a restart");
    public static readonly ProblemType NotActive = new("not-active", StatusCodes.Status409Conflict, "The transaction takes no more branches");
    public static readonly ProblemType AlreadyAborted = new("already-aborted", StatusCodes.Status409Conflict, "The transaction has aborted");
    public static readonly ProblemType AlreadyCommitted = new("already-committed", StatusCodes.Status409Conflict, "The transaction is decided to commit");
    public static readonly ProblemType BranchIdTaken = new("branch-id-taken", StatusCodes.Status409Conflict, "The branch id is taken");
    public static readonly ProblemType TooManyBranches = new("too-many-branches", StatusCodes.Status400BadRequest, "The transaction has too many branches");
    public static readonly ProblemType NotTheOnlyBranch = new("not-the-only-branch", StatusCodes.Status409Conflict, "The transaction has other branches");
    public static readonly ProblemType TooManyParticipants = new("too-many-participants", StatusCodes.Status503ServiceUnavailable, "Too many participants are registered", 60);
    public static readonly ProblemType IdempotencyKeyReused = new("idempotency-key-reused", StatusCodes.Status422UnprocessableEntity, "The idempotency key was used with another body");
    public static readonly ProblemType NotDecided = new("not-decided", StatusCodes.Status409Conflict, "The transaction is not decided");
    public static readonly ProblemType BranchEnded = new("branch-ended", StatusCodes.Status409Conflict, "The branch has ended");
    public static readonly ProblemType BadCursor = new("bad-cursor", StatusCodes.Status400BadRequest, "The cursor was not handed out by this coordinator");
    public static readonly ProblemType Overloaded = new("overloaded", StatusCodes.Status503ServiceUnavailable, "The coordinator has too much to do", 1);
    public static readonly ProblemType ParticipantBacklog = new("participant-backlog", StatusCodes.Status503ServiceUnavailable, "Too much waits for one participant", 5);
    public static readonly ProblemType IdempotencyKeysFull = new("idempotency-keys-full", StatusCodes.Status503ServiceUnavailable, "No more idempotency keys can be kept", 60);
    public static readonly ProblemType LogFull = new("log-full", StatusCodes.Status503ServiceUnavailable, "The log has no room", 10);

    public static readonly ProblemType LockTimeout = new("lock-timeout", StatusCodes.Status409Conflict, "The lock was not to be had in time");
    public static readonly ProblemType Deadlock = new("deadlock", StatusCodes.Status409Conflict, "The transaction is the victim of a deadlock");
    public static readonly ProblemType TooManyLocks = new("too-many-locks", StatusCodes.Status400BadRequest, "The transaction has too many locks");

    public static readonly ProblemType UnknownSaga = new("unknown-saga", StatusCodes.Status404NotFound, "The saga is not known");
    public static readonly ProblemType UnknownStep = new("unknown-step", StatusCodes.Status404NotFound, "The saga has no such step");
    public static readonly ProblemType AlreadyCompleted = new("already-completed", StatusCodes.Status409Conflict, "The saga has completed");
    public static readonly ProblemType NothingToRetry = new("nothing-to-retry", StatusCodes.Status409Conflict, "Nothing of the step waits for its next attempt");
    public static readonly ProblemType NothingToResolve = new("nothing-to-resolve", StatusCodes.Status409Conflict, "The step's compensation has not failed");
    public static readonly ProblemType NothingToResume = new("nothing-to-resume", StatusCodes.Status409Conflict, "The saga does not wait for a person's word");
    public static readonly ProblemType SagaTooLarge = new("saga-too-large", StatusCodes.Status413PayloadTooLarge, "The saga is larger than a record of the log can be");

    public static readonly IReadOnlyList<ProblemType> All =
    [
        MalformedJson, UnknownMember, InvalidValue, UnreadableBody, Unauthorized, NotFound, MethodNotAllowed, BodyTooLarge,
        UnsupportedMediaType, Internal, Recovering, Draining, OutcomeNotKnown, TooManyWaiting, NotReached, DatabaseUnreachable,
        UnknownTransaction, Forgotten, LogBehind, UnknownBranch, UnknownParticipant, NoSuchParticipant, ParticipantInUse,
        WrongKind, OtherDatabase, StaleSweep, NotActive,
        AlreadyAborted, AlreadyCommitted, BranchIdTaken, TooManyBranches, NotTheOnlyBranch, TooManyParticipants, IdempotencyKeyReused, NotDecided,
        BranchEnded, BadCursor, Overloaded, ParticipantBacklog, IdempotencyKeysFull, LogFull,
        LockTimeout, Deadlock, TooManyLocks,
        UnknownSaga, UnknownStep, AlreadyCompleted, NothingToRetry, NothingToResolve, NothingToResume, SagaTooLarge,
    ];

    public static ProblemType Of(Core.ProblemKind kind) => kind switch
    {
        Core.ProblemKind.UnknownTransaction => UnknownTransaction,
        Core.ProblemKind.Forgotten => Forgotten,
        Core.ProblemKind.LogBehind => LogBehind,
        Core.ProblemKind.UnknownBranch => UnknownBranch,
        Core.ProblemKind.UnknownParticipant => UnknownParticipant,
        Core.ProblemKind.NoSuchParticipant => NoSuchParticipant,
        Core.ProblemKind.ParticipantInUse => ParticipantInUse,
        Core.ProblemKind.WrongKind => WrongKind,
        Core.ProblemKind.OtherDatabase => OtherDatabase,
        Core.ProblemKind.StaleSweep => StaleSweep,
        Core.ProblemKind.NotActive => NotActive,
        Core.ProblemKind.AlreadyAborted => AlreadyAborted,
        Core.ProblemKind.AlreadyCommitted => AlreadyCommitted,
        Core.ProblemKind.BranchIdTaken => BranchIdTaken,
        Core.ProblemKind.TooManyBranches => TooManyBranches,
        Core.ProblemKind.NotTheOnlyBranch => NotTheOnlyBranch,
        Core.ProblemKind.TooManyParticipants => TooManyParticipants,
        Core.ProblemKind.IdempotencyKeyReused => IdempotencyKeyReused,
        Core.ProblemKind.NotDecided => NotDecided,
        Core.ProblemKind.BranchEnded => BranchEnded,
        Core.ProblemKind.BadCursor => BadCursor,
        Core.ProblemKind.Overloaded => Overloaded,
        Core.ProblemKind.ParticipantBacklog => ParticipantBacklog,
        Core.ProblemKind.IdempotencyKeysFull => IdempotencyKeysFull,
        Core.ProblemKind.LogFull => LogFull,
        Core.ProblemKind.LockTimeout => LockTimeout,
        Core.ProblemKind.Deadlock => Deadlock,
        Core.ProblemKind.TooManyLocks => TooManyLocks,
        Core.ProblemKind.UnknownSaga => UnknownSaga,
        Core.ProblemKind.UnknownStep => UnknownStep,
        Core.ProblemKind.AlreadyCompleted => AlreadyCompleted,
        Core.ProblemKind.NothingToRetry => NothingToRetry,
        Core.ProblemKind.NothingToResolve => NothingToResolve,
        Core.ProblemKind.NothingToResume => NothingToResume,
        Core.ProblemKind.SagaTooLarge => SagaTooLarge,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no problem type stands for it"),
    };
}
