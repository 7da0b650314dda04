using Concordat.Core.Encoding;
using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>
/// A transaction as bytes: what history keeps in memory, and what a checkpoint writes of a live one. Operations are not in it,
/// but for a one-phase branch that must be asked again.
/// </summary>
internal static class TransactionImage
{
    internal static void Write(Transaction transaction, RecordWriter writer)
    {
        writer.Id(transaction.Id);
        writer.Time(transaction.CreatedAt);
        FieldCodec.Write(transaction.Header, writer);
        writer.Byte((byte)transaction.State);
        writer.Byte((byte)(transaction.Outcome ?? 0));
        FieldCodec.Write(transaction.Reason, writer);
        writer.Flag(transaction.CommitRequested);
        writer.Flag(transaction.OnePhase);
        foreach (var time in transaction.Times)
        {
            writer.Time(time);
        }

        writer.Count(transaction.Branches.Count);
        foreach (var branch in transaction.Branches)
        {
            Write(branch, transaction.OnePhase && !transaction.IsEnded, writer);
        }

        WriteLocks(transaction, writer);
    }

    /// <summary>Participants that are gone by now are named all the same.</summary>
    internal static Transaction Read(ReadOnlySpan<byte> image, ParticipantBook participants)
    {
        var reader = new RecordReader(image);
        var transaction = new Transaction(reader.Id(), reader.Time(), FieldCodec.ReadHeader(ref reader));
        var state = reader.EnumOrZero<TransactionState>();
        var outcome = reader.EnumOrZero<Outcome>();
        transaction.Restore(state, outcome == 0 ? null : outcome, FieldCodec.ReadReason(ref reader));
        transaction.CommitRequested = reader.Flag();
        transaction.OnePhase = reader.Flag();
        for (var i = 0; i < 7; i++)
        {
            transaction.Times[i] = reader.Time();
        }

        var count = reader.Count();
        for (var i = 0; i < count; i++)
        {
            ReadBranch(ref reader, transaction, participants);
        }

        transaction.LocksOfImage = reader.AtEnd ? null : ReadLocks(ref reader);
        reader.End();
        return transaction;
    }

    /// <summary>Only where there are any, and at the end: what was written before there were locks stays as it is.</summary>
    private static void WriteLocks(Transaction transaction, RecordWriter writer)
    {
        var locks = transaction.LocksOfImage ?? Locks.GrantedTo(transaction);
        if (locks.Count == 0)
        {
            return;
        }

        writer.Count(locks.Count);
        foreach (var (held, since) in locks)
        {
            FieldCodec.Write(held, writer);
            writer.Time(since);
        }
    }

    private static List<(HeldLock Held, Timestamp Since)> ReadLocks(ref RecordReader reader)
    {
        var count = reader.Count();
        var locks = new List<(HeldLock, Timestamp)>(count);
        for (var i = 0; i < count; i++)
        {
            locks.Add((FieldCodec.ReadLock(ref reader), reader.Time()));
        }

        return locks.Count > 0 ? locks : throw new RecordFormatException("locks are there, and none");
    }

    private static void Write(Branch branch, bool withOperations, RecordWriter writer)
    {
        FieldCodec.Write(branch.Header, writer);
        writer.Byte((byte)branch.State);
        writer.Byte((byte)(branch.Vote ?? 0));
        writer.OptionalText(branch.Evidence);
        writer.Flag(branch.Settlement is not null);
        if (branch.Settlement is { } settlement)
        {
            writer.Byte((byte)settlement.As);
            writer.Text(settlement.Who);
            writer.Text(settlement.Why);
            writer.Time(settlement.At);
        }

        writer.Bytes(withOperations ? branch.Operations.Span : []);
    }

    private static void ReadBranch(ref RecordReader reader, Transaction transaction, ParticipantBook participants)
    {
        var header = FieldCodec.ReadBranch(ref reader);
        var participant = participants.Find(header.Participant) ?? new Participant(header.Participant, "", header.Flags) { IsRegistered = false };
        var branch = new Branch(transaction, transaction.Branches.Count, header, participant) { State = reader.EnumOrZero<BranchState>() };
        var vote = reader.EnumOrZero<Vote>();
        branch.Vote = vote == 0 ? null : vote;
        branch.Evidence = reader.OptionalText();
        if (reader.Flag())
        {
            branch.Settlement = new BranchSettlement(reader.Enum<Settlement>(), reader.Text(), reader.Text(), reader.Time());
        }

        branch.Operations = reader.Bytes();
        transaction.Branches.Add(branch);
    }
}
