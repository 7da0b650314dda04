namespace Concordat.Core.Participation.Records;

/// <summary>What a participant's log holds. docs/participants.md shows each byte by byte.</summary>
public abstract record ParticipantRecord
{
    private protected ParticipantRecord()
    {
    }

    /// <summary>A record about one branch.</summary>
    public abstract record OfBranch(BranchKey Key) : ParticipantRecord;

    /// <summary>
    /// The resource manager is about to be asked, and has a store of its own. Found without a successor after a crash: no yes was
    /// sent, so the branch is undone.
    /// </summary>
    public sealed record Preparing(BranchKey Key, BranchTerms Terms, Timestamp EndedBefore, bool OnePhase) : OfBranch(Key);

    /// <summary>The promise. Durable before the yes.</summary>
    public sealed record Prepared(BranchKey Key, BranchTerms Terms, Timestamp EndedBefore, bool OnePhase, string? Evidence) : OfBranch(Key);

    /// <summary>Committed. Durable before the acknowledgement. In one phase without a <see cref="Prepared"/> it carries the operations.</summary>
    /// <param name="Vote">Read-only where a one-phase branch had nothing to commit.</param>
    public sealed record Committed(
        BranchKey Key, Timestamp CreatedAt, Timestamp EndedBefore, bool OnePhase, Vote Vote, string? Evidence, byte[]? Operations) : OfBranch(Key);

    /// <summary>Rolled back, or refused for ever. Durable before the acknowledgement.</summary>
    public sealed record RolledBack(BranchKey Key, Timestamp CreatedAt, Timestamp EndedBefore, string? Reason) : OfBranch(Key);

    /// <summary>Voted no or read-only after a <see cref="Preparing"/>: nothing is left to undo. Not forced.</summary>
    public sealed record Left(BranchKey Key, Vote Vote) : OfBranch(Key);

    /// <summary>A change that the resource manager made outside any transaction.</summary>
    public sealed record Applied(byte[] Change) : ParticipantRecord;

    /// <summary>
    /// A start. The first record of every run, so that a checkpoint that a crash cut short is seen to be cut short.
    /// </summary>
    public sealed record Opened(LogOwner Owner) : ParticipantRecord;

    /// <summary>
    /// Everything up to <see cref="CheckpointEnded"/> replaces all that was before. It is written in one go; cut short by a crash it
    /// counts for nothing.
    /// </summary>
    public sealed record CheckpointStarted(LogOwner Owner, IReadOnlyList<EndedMark> Marks) : ParticipantRecord;

    /// <summary>A piece of the resource manager's saved state, in order.</summary>
    public sealed record ResourceState(byte[] Piece) : ParticipantRecord;

    /// <param name="Branches">How many branch records the checkpoint has.</param>
    /// <param name="Pieces">How many pieces of state.</param>
    public sealed record CheckpointEnded(int Branches, int Pieces) : ParticipantRecord;
}

/// <summary>Every transaction of this coordinator that was created before has ended.</summary>
public readonly record struct EndedMark(ulong Coordinator, Timestamp EndedBefore);

/// <summary>Whose log this is.</summary>
/// <param name="HasOwnStore">Whether the resource manager keeps its state elsewhere. It cannot change within a log.</param>
/// <param name="Run">Which start of this log is writing: 1 for the first.</param>
public sealed record LogOwner(string Participant, bool HasOwnStore, ulong Run);
