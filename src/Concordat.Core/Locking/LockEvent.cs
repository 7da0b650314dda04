namespace Concordat.Core.Locking;

/// <summary>What came of a request. A closed set; in the order in which it happened.</summary>
internal abstract record LockEvent;

/// <summary>All of its keys are held.</summary>
internal sealed record LocksGranted(LockRequest Request) : LockEvent;

/// <summary>A key is not free, and the request waits for nothing. It has none of its keys.</summary>
internal sealed record LocksNotFree(LockRequest Request, string Key) : LockEvent;

/// <summary>A cycle was found and is broken: the victim waits no more, and keeps what it held before until its transaction has ended.</summary>
/// <param name="Dropped">What the victim asked for: never to be granted.</param>
internal sealed record DeadlockBroken(LockOwner Victim, IReadOnlyList<LockRequest> Dropped, IReadOnlyList<DeadlockWait> Cycle) : LockEvent;
