using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>
/// Room in the log. A transaction is accepted only if its decision and end will certainly fit, so that a full disk stops new
/// transactions and never a running one.
/// </summary>
internal static class Room
{
    /// <summary>Decision and end, each with what the log adds to a record.</summary>
    private const int TransactionBytes = 256;

    /// <summary>A branch's share of decision and end.</summary>
    internal const int ForBranch = 8;

    /// <summary>What a checkpoint's record holds beside an image, and what an image may still gain: times, lengths, a reason.</summary>
    private const int SnapshotBytes = 1024;

    /// <summary>The longest message of a reason, in characters; what is longer is cut.</summary>
    private const int MaxMessageLength = 200;

    internal static int ForTransaction(int branches) => TransactionBytes + branches * ForBranch;

    /// <summary>An upper estimate of the begin record.</summary>
    internal static int ForBegin(TransactionSpec spec)
    {
        var size = 512 + (spec.Name?.Length ?? 0);
        foreach (var (name, value) in spec.Labels)
        {
            size += (name.Length + value.Length) * 3 + 8;
        }

        return size + spec.Branches.Count * ForEnlistment;
    }

    /// <summary>An upper estimate of what a branch takes in a begin or an enlistment: its id, its participant's name, flags.</summary>
    internal const int ForEnlistment = Names.MaxBranchIdLength + Names.MaxLength + 16;

    /// <summary>Whether an ordinary transaction would be accepted: two branches, no name, no labels.</summary>
    internal static bool FitsTransaction(CoordinatorState s) => Fits(s, ForTransaction(2) + 512 + (2 * ForEnlistment));

    internal static ProblemReply? Refusal(CoordinatorState s, int needed) =>
        Fits(s, needed) ? null : new(ProblemKind.LogFull, "the log has no room: free some disk space where its data directory is");

    internal static bool Fits(CoordinatorState s, int bytes) => s.RoomBytes - s.ReservedBytes >= bytes + s.Options.RecordOverheadBytes;

    /// <summary>Whether the transaction's image will be a record that the log takes, with so much more in it and a settlement.</summary>
    internal static bool FitsRecord(CoordinatorState s, Transaction transaction, long more)
    {
        s.ImageWriter.Clear();
        TransactionImage.Write(transaction, s.ImageWriter);
        return s.ImageWriter.Written.Length + more + Settling.MaxBytes + SnapshotBytes <= s.Options.MaxRecordBytes;
    }

    /// <summary>The same of one that is about to begin, for its locks: without any it fits wherever the limits are ones that the log takes.</summary>
    internal static bool FitsRecord(CoordinatorState s, TransactionSpec spec) =>
        spec.Locks.Count == 0 || ForBegin(spec) + ForTransaction(spec.Branches.Count) + Locking.Locks.BytesOf(spec.Locks) + Settling.MaxBytes + SnapshotBytes <= s.Options.MaxRecordBytes;

    internal static void Reserve(CoordinatorState s, Transaction transaction, int bytes)
    {
        transaction.ReservedBytes += bytes;
        s.ReservedBytes += bytes;
    }

    internal static void Release(CoordinatorState s, Transaction transaction)
    {
        s.ReservedBytes -= transaction.ReservedBytes;
        transaction.ReservedBytes = 0;
    }

    internal static AbortReason Cut(AbortReason reason) =>
        reason.Message is { Length: > MaxMessageLength } message ? reason with { Message = message[..(MaxMessageLength - 1)] + "…" } : reason;

    /// <summary>What is recorded of a reason: no room is reserved for its words, so that a full log costs history words and never an outcome.</summary>
    internal static AbortReason? ForRecord(CoordinatorState s, AbortReason? reason) =>
        reason is null || Fits(s, (MaxMessageLength * 3) + Names.MaxLength) ? reason : reason with { Participant = null, Message = null };
}
