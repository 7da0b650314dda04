using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Records;

namespace Concordat.Cli.Logs;

/// <summary>A transaction as a checkpoint has it.</summary>
internal sealed record ImageOfTransaction
{
    public required TransactionId Id { get; init; }
    public required Timestamp CreatedAt { get; init; }
    public required string? Name { get; init; }
    public required Timestamp Deadline { get; init; }
    public required TransactionState State { get; init; }
    public required Outcome? Outcome { get; init; }
    public required bool OnePhase { get; init; }
    public required IReadOnlyList<ImageOfBranch> Branches { get; init; }
    public required IReadOnlyList<HeldLock> Locks { get; init; }
}

internal sealed record ImageOfBranch(string Id, string Participant, BranchState State, Vote? Vote, Settlement? Settled);

/// <summary>
/// Reads the image in a <see cref="TransactionSnapshot"/> without the coordinator's own code: the audit must not repeat that code's
/// mistakes.
/// </summary>
internal static class TransactionImageReader
{
    private const int States = 7;

    /// <exception cref="RecordFormatException">The bytes are no image.</exception>
    internal static ImageOfTransaction Read(ReadOnlySpan<byte> image)
    {
        var reader = new RecordReader(image);
        var id = reader.Id();
        var createdAt = reader.Time();

        reader.Flag(); // opened
        var deadline = reader.Time();
        var name = reader.OptionalText();
        for (var labels = reader.Count(); labels > 0; labels--)
        {
            reader.Text();
            reader.Text();
        }

        if (reader.OptionalText() is not null)
        {
            reader.Bytes(); // the hash of the body that the idempotency key came with
        }

        reader.OptionalText(); // trace parent
        var state = reader.EnumOrZero<TransactionState>();
        var outcome = reader.EnumOrZero<Outcome>();
        SkipReason(ref reader);
        reader.Flag(); // commit requested
        var onePhase = reader.Flag();
        for (var i = 0; i < States; i++)
        {
            reader.Time();
        }

        var branches = new ImageOfBranch[reader.Count()];
        for (var i = 0; i < branches.Length; i++)
        {
            branches[i] = ReadBranch(ref reader);
        }

        var locks = reader.AtEnd ? [] : new HeldLock[reader.Count()];
        for (var i = 0; i < locks.Length; i++)
        {
            locks[i] = new HeldLock(reader.Text(), reader.Enum<LockMode>(), (long)reader.Number());
            reader.Time(); // since when
        }

        reader.End();
        return new ImageOfTransaction
        {
            Id = id,
            CreatedAt = createdAt,
            Name = name,
            Deadline = deadline,
            State = state,
            Outcome = outcome == 0 ? null : outcome,
            OnePhase = onePhase,
            Branches = branches,
            Locks = locks,
        };
    }

    private static ImageOfBranch ReadBranch(ref RecordReader reader)
    {
        var id = reader.Text();
        var participant = reader.Text();
        reader.Byte(); // flags
        var state = reader.EnumOrZero<BranchState>();
        var vote = reader.EnumOrZero<Vote>();
        reader.OptionalText(); // evidence
        Settlement? settled = null;
        if (reader.Flag())
        {
            settled = reader.Enum<Settlement>();
            reader.Text(); // who
            reader.Text(); // why
            reader.Time();
        }

        reader.Bytes(); // operations
        return new ImageOfBranch(id, participant, state, vote == 0 ? null : vote, settled);
    }

    private static void SkipReason(ref RecordReader reader)
    {
        if (reader.Byte() != 0)
        {
            reader.OptionalText(); // participant
            reader.OptionalText(); // message
        }
    }
}
