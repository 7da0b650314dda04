namespace Concordat;

/// <summary>The base of what the SDK throws. The type says what the caller may conclude; retry logic follows the type.</summary>
public abstract class ConcordatException : Exception
{
    private protected ConcordatException(string message, Exception? inner = null) : base(message, inner)
    {
    }

    /// <summary>Whether the same call may succeed later as it is. See each type for what may be durable meanwhile.</summary>
    public virtual bool IsTransient => false;

    /// <summary>The transaction that it is about, where there is one.</summary>
    public TransactionId? TransactionId { get; init; }
}

/// <summary>The transaction aborted: nothing of it happened anywhere, or it is being undone everywhere.</summary>
public sealed class TransactionRolledBackException(string message, AbortReason? reason, Exception? inner = null) : ConcordatException(message, inner)
{
    public AbortReason? Reason { get; } = reason;
}

/// <summary>The saga did not complete: whatever of it may have happened is undone.</summary>
public sealed class SagaCompensatedException(string message, SagaReason? reason) : ConcordatException(message)
{
    public SagaReason? Reason { get; } = reason;

    /// <summary>The saga.</summary>
    public required TransactionId SagaId { get; init; }
}

/// <summary>
/// The outcome is not known yet: the answer was lost, or the wait ended first. The transaction may commit or abort, and
/// nothing may be concluded. Ask again by id, or repeat the call under the same idempotency key.
/// </summary>
public sealed class OutcomeNotKnownException(string message, Exception? inner = null) : ConcordatException(message, inner)
{
    /// <summary>The idempotency key under which the call may be repeated to learn the outcome.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>The coordinator could not be reached and the request was certainly not processed. Nothing is durable.</summary>
public sealed class CoordinatorUnreachableException(string message, Exception? inner = null) : ConcordatException(message, inner)
{
    public override bool IsTransient => true;
}

/// <summary>The coordinator or a participant's backlog is full, or its log is: nothing was begun. Try again after <see cref="RetryAfter"/>.</summary>
public sealed class CoordinatorOverloadedException(string message, TimeSpan? retryAfter) : ConcordatException(message)
{
    public override bool IsTransient => true;

    /// <summary>How long the coordinator asks to wait, where it says so.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>The coordinator refused the request with a problem document. Nothing was changed by it.</summary>
public sealed class RequestRefusedException(int status, string type, string message) : ConcordatException(message)
{
    /// <summary>The HTTP status code.</summary>
    public int Status { get; } = status;

    /// <summary>The stable problem type, such as <c>/problems/unknown-participant</c>.</summary>
    public string Type { get; } = type;
}
