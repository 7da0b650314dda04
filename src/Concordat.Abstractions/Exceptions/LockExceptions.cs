namespace Concordat;

/// <summary>
/// The transaction was chosen to end a deadlock, and aborts: nothing of it happens anywhere. The same call cannot succeed, but the whole
/// transaction, run again from its beginning, may: that is what <see cref="IsTransient"/> says here.
/// </summary>
public sealed class DeadlockVictimException(string message, IReadOnlyList<LockWait> cycle, Exception? inner = null) : ConcordatException(message, inner)
{
    public override bool IsTransient => true;

    /// <summary>Who waited for which key, held by whom. Empty where that was told to another call of the transaction.</summary>
    public IReadOnlyList<LockWait> Cycle { get; } = cycle;
}

/// <summary>A lock was not to be had in the time that the caller would wait. None of the call's keys is held by it; the transaction goes on.</summary>
public sealed class LockTimeoutException(string message) : ConcordatException(message)
{
    public override bool IsTransient => true;
}
