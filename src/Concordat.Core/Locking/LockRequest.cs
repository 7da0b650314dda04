namespace Concordat.Core.Locking;

/// <summary>
/// A transaction asks for one or several keys. They are taken one after the other, in the canonical order; all, or none in the end. Also
/// the timer of its time limit, which the table knows nothing of.
/// </summary>
internal sealed class LockRequest(LockOwner owner, IEnumerable<LockWant> wants, Caller? caller, Timestamp at) : TimerNode
{
    internal LockOwner Owner { get; } = owner;

    internal LockWant[] Wants { get; } = LockWant.InOrder(wants);

    /// <summary>Who is answered; null where the request began with its transaction.</summary>
    internal Caller? Caller { get; } = caller;

    /// <summary>When it was made, for people.</summary>
    internal Timestamp At { get; } = at;

    /// <summary>The same on the monotonic clock.</summary>
    internal TimeSpan AskedAt { get; init; }

    /// <summary>It takes what is free and waits for nothing.</summary>
    internal bool NeverWaits { get; init; }

    /// <summary>What its record takes at most.</summary>
    internal int RecordBytes { get; init; }

    /// <summary>Kept free in the log for its record, and for what a checkpoint gains by it.</summary>
    internal int ReservedBytes { get; init; }

    /// <summary>It was granted or refused.</summary>
    internal bool IsOver;

    /// <summary>How many of the keys are taken.</summary>
    internal int TakenCount;

    /// <summary>What of them was not held before, or not so strongly.</summary>
    internal readonly List<Taken> Taken = new(1);

    /// <summary>Where it waits for the next key; null where it does not.</summary>
    internal WaitGroup? Group;

    /// <summary>Neighbours in the group.</summary>
    internal LockRequest? Previous, Next;

    internal LockWant Awaited => Wants[TakenCount];
}

/// <param name="Mode">As it was asked for. The hold's own may be stronger by the time that this is acted on: the owner's next request goes on at once.</param>
/// <param name="WasShared">It was held before, shared: it was an upgrade.</param>
internal readonly record struct Taken(Hold Hold, LockMode Mode, bool WasShared);
