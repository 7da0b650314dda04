namespace Concordat.Core.Records;

/// <summary>What the coordinator logs. A closed set; the bytes of each are in docs/log-format.md.</summary>
/// <param name="At">When, on the coordinator's clock.</param>
public abstract record CoordinatorRecord(Timestamp At);

/// <summary>One start of this coordinator. Forced before it opens for work.</summary>
/// <param name="Restored">The log is a copy from earlier: of earlier epochs nothing is presumed.</param>
public sealed record EpochStarted(Timestamp At, long Number, ulong Nonce, bool Restored) : CoordinatorRecord(At);

/// <summary>The wall clock was stepped: the time since the record before is not age.</summary>
public sealed record ClockStepped(Timestamp At) : CoordinatorRecord(At);

public sealed record ParticipantPut(Timestamp At, string Name, string Url, ParticipantFlags Flags) : CoordinatorRecord(At);

public sealed record ParticipantRemoved(Timestamp At, string Name) : CoordinatorRecord(At);

/// <summary>A transaction begins; <paramref name="At"/> is its creation.</summary>
public sealed record Begun(Timestamp At, TransactionId Id, TransactionHeader Header, IReadOnlyList<BranchHeader> Branches) : CoordinatorRecord(At);

/// <summary>What a transaction is called and how it can be found again.</summary>
public sealed record TransactionHeader
{
    public required bool Opened { get; init; }
    public required Timestamp Deadline { get; init; }
    public string? Name { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
    public IdempotencyKey? Key { get; init; }
    public string? TraceParent { get; init; }
}

/// <summary>A branch as it was enlisted. The flags are those that its participant had then.</summary>
public sealed record BranchHeader(string Id, string Participant, ParticipantFlags Flags);

public sealed record Enlisted(Timestamp At, TransactionId Id, BranchHeader Branch) : CoordinatorRecord(At);

/// <summary>The one branch is about to be called in one phase. Forced before the call; from then on only the participant decides.</summary>
/// <param name="Operations">Needed to repeat the same call after a restart.</param>
/// <param name="Evidence">Of a branch on a resource, which is not called: by what its database tells whether it has committed.</param>
public sealed record OnePhaseStarted(Timestamp At, TransactionId Id, ReadOnlyMemory<byte> Operations, string? Evidence = null) : CoordinatorRecord(At);

/// <summary>
/// Locks were granted. Not forced: a decision stands behind it in the log, and a prepare waits for it, so whoever outlives a restart
/// undecided by the coordinator has nothing prepared under a lock that is lost.
/// </summary>
public sealed record Locked(Timestamp At, TransactionId Id, IReadOnlyList<HeldLock> Locks) : CoordinatorRecord(At);

/// <param name="Token">The fencing token.</param>
public readonly record struct HeldLock(string Key, LockMode Mode, long Token);

/// <summary>Fencing tokens up to this one may have been handed out. Forced before the first of them is: a restart goes on behind it.</summary>
public sealed record TokensReserved(Timestamp At, long UpTo) : CoordinatorRecord(At);

/// <summary>The decision. A commit is forced: it is the commit point.</summary>
/// <param name="Prepared">With a commit: the branches that voted yes, and what evidence they gave.</param>
public sealed record Decided(Timestamp At, TransactionId Id, Outcome Outcome, AbortReason? Reason, IReadOnlyList<PreparedBranch> Prepared)
    : CoordinatorRecord(At);

/// <param name="Branch">The branch's place in its transaction, from 0.</param>
public readonly record struct PreparedBranch(int Branch, string? Evidence);

/// <summary>A person settled a branch by hand. Forced; counts as the branch's acknowledgement.</summary>
public sealed record BranchSettled(Timestamp At, TransactionId Id, int Branch, Settlement As, string Who, string Why) : CoordinatorRecord(At);

/// <summary>A person said what became of a transaction that only a newer log than this one knew. Forced.</summary>
public sealed record UnknownSettled(Timestamp At, TransactionId Id, Outcome Outcome, string Who, string Why) : CoordinatorRecord(At);

/// <summary>Every branch has acknowledged or was settled: the transaction is history. Not forced.</summary>
public sealed record Ended(Timestamp At, TransactionId Id, Outcome Outcome, AbortReason? Reason, EndDetails Details) : CoordinatorRecord(At);

/// <summary>What history shows beyond the outcome.</summary>
/// <param name="CommitRequested">It aborted while committing, not before: asked to commit again, the answer is the same.</param>
/// <param name="Branches">The last state and vote of each branch.</param>
/// <param name="Times">When each state was entered; null where it was not.</param>
public sealed record EndDetails(bool CommitRequested, IReadOnlyList<BranchEnd> Branches, IReadOnlyList<Timestamp?> Times);

public readonly record struct BranchEnd(BranchState State, Vote? Vote);

/// <summary>The first record of a checkpoint, and so of a log whose older segments are gone.</summary>
/// <param name="Transactions">How many snapshots follow.</param>
public sealed record CheckpointStarted(Timestamp At, int Transactions) : CoordinatorRecord(At);

/// <summary>An epoch that this log has known.</summary>
/// <param name="ForgottenUpTo">Every transaction of it with a higher counter that ever was durable stands in this checkpoint or behind it: if it is unknown, it never was.</param>
public sealed record EpochKnown(Timestamp At, long Number, ulong Nonce, bool Restored, ulong ForgottenUpTo) : CoordinatorRecord(At);

/// <summary>A transaction as it was at the checkpoint.</summary>
/// <param name="Image">See <c>TransactionImage</c>.</param>
public sealed record TransactionSnapshot(Timestamp At, ReadOnlyMemory<byte> Image) : CoordinatorRecord(At);

/// <summary>The checkpoint is whole. What stands before it is needed for history only.</summary>
public sealed record CheckpointEnded(Timestamp At) : CoordinatorRecord(At);
