using Concordat.Core.Encoding;

namespace Concordat.Core.Participation.Records;

using static Concordat.Core.Participation.Records.ParticipantRecord;

/// <summary>The record types of a participant's log, as its frames name them. A number is never used for anything else again.</summary>
public enum ParticipantRecordType : byte
{
    Preparing = 1,
    Prepared = 2,
    Committed = 3,
    RolledBack = 4,
    Left = 5,
    Applied = 6,
    Opened = 16,
    CheckpointStarted = 17,
    ResourceState = 18,
    CheckpointEnded = 19,
}

/// <summary>Bytes to records and back. Every payload begins with its version.</summary>
public static class ParticipantRecordCodec
{
    /// <summary>The version that is written. Older ones stay readable.</summary>
    public const byte Version = 1;

    /// <summary>Writes the payload and says which type its frame has.</summary>
    public static ParticipantRecordType Write(ParticipantRecord record, RecordWriter to)
    {
        to.Byte(Version);
        switch (record)
        {
            case Preparing r:
                WriteKey(to, r.Key);
                WriteTerms(to, r.Terms, r.EndedBefore, r.OnePhase);
                return ParticipantRecordType.Preparing;
            case Prepared r:
                WriteKey(to, r.Key);
                WriteTerms(to, r.Terms, r.EndedBefore, r.OnePhase);
                to.OptionalText(r.Evidence);
                return ParticipantRecordType.Prepared;
            case Committed r:
                WriteKey(to, r.Key);
                to.Time(r.CreatedAt);
                to.Time(r.EndedBefore);
                to.Flag(r.OnePhase);
                to.Byte((byte)r.Vote);
                to.OptionalText(r.Evidence);
                to.Flag(r.Operations is not null);
                if (r.Operations is not null)
                {
                    to.Bytes(r.Operations);
                }

                return ParticipantRecordType.Committed;
            case RolledBack r:
                WriteKey(to, r.Key);
                to.Time(r.CreatedAt);
                to.Time(r.EndedBefore);
                to.OptionalText(r.Reason);
                return ParticipantRecordType.RolledBack;
            case Left r:
                WriteKey(to, r.Key);
                to.Byte((byte)r.Vote);
                return ParticipantRecordType.Left;
            case Applied r:
                to.Bytes(r.Change);
                return ParticipantRecordType.Applied;
            case Opened r:
                WriteOwner(to, r.Owner);
                return ParticipantRecordType.Opened;
            case CheckpointStarted r:
                WriteOwner(to, r.Owner);
                to.Count(r.Marks.Count);
                foreach (var mark in r.Marks)
                {
                    to.Number(mark.Coordinator);
                    to.Time(mark.EndedBefore);
                }

                return ParticipantRecordType.CheckpointStarted;
            case ResourceState r:
                to.Bytes(r.Piece);
                return ParticipantRecordType.ResourceState;
            case CheckpointEnded r:
                to.Count(r.Branches);
                to.Count(r.Pieces);
                return ParticipantRecordType.CheckpointEnded;
            default:
                throw new ParticipantInvariantException($"no encoding for a {record.GetType().Name}");
        }
    }

    /// <exception cref="RecordFormatException">The bytes are not what this or an earlier version writes.</exception>
    public static ParticipantRecord Read(byte type, ReadOnlySpan<byte> payload)
    {
        var from = new RecordReader(payload);
        var version = from.Byte();
        if (version != Version)
        {
            throw new RecordFormatException($"a participant record of type {type} has version {version}; this build reads version {Version}");
        }

        var record = ReadFields((ParticipantRecordType)type, ref from);
        from.End();
        return record;
    }

    private static ParticipantRecord ReadFields(ParticipantRecordType type, ref RecordReader from)
    {
        switch (type)
        {
            case ParticipantRecordType.Preparing:
            {
                var key = ReadKey(ref from);
                var terms = ReadTerms(ref from, out var endedBefore, out var onePhase);
                return new Preparing(key, terms, endedBefore, onePhase);
            }

            case ParticipantRecordType.Prepared:
            {
                var key = ReadKey(ref from);
                var terms = ReadTerms(ref from, out var endedBefore, out var onePhase);
                return new Prepared(key, terms, endedBefore, onePhase, from.OptionalText());
            }

            case ParticipantRecordType.Committed:
                return new Committed(
                    ReadKey(ref from), from.Time(), from.Time(), from.Flag(), ReadVote(ref from), from.OptionalText(), from.Flag() ? from.Bytes() : null);
            case ParticipantRecordType.RolledBack:
                return new RolledBack(ReadKey(ref from), from.Time(), from.Time(), from.OptionalText());
            case ParticipantRecordType.Left:
                return new Left(ReadKey(ref from), ReadVote(ref from));
            case ParticipantRecordType.Applied:
                return new Applied(from.Bytes());
            case ParticipantRecordType.Opened:
                return new Opened(ReadOwner(ref from));
            case ParticipantRecordType.CheckpointStarted:
            {
                var owner = ReadOwner(ref from);
                var marks = new EndedMark[from.Count()];
                for (var i = 0; i < marks.Length; i++)
                {
                    marks[i] = new EndedMark(from.Number(), from.Time());
                }

                return new CheckpointStarted(owner, marks);
            }

            case ParticipantRecordType.ResourceState:
                return new ResourceState(from.Bytes());
            case ParticipantRecordType.CheckpointEnded:
                return new CheckpointEnded(from.Index(), from.Index());
            default:
                throw new RecordFormatException($"type {(byte)type} is no record of a participant");
        }
    }

    private static void WriteOwner(RecordWriter to, LogOwner owner)
    {
        to.Text(owner.Participant);
        to.Flag(owner.HasOwnStore);
        to.Number(owner.Run);
    }

    private static LogOwner ReadOwner(ref RecordReader from) => new(from.Text(), from.Flag(), from.Number());

    private static void WriteKey(RecordWriter to, BranchKey key)
    {
        to.Id(key.Transaction);
        to.Text(key.Branch);
    }

    private static BranchKey ReadKey(ref RecordReader from) => new(from.Id(), from.Text());

    private static Vote ReadVote(ref RecordReader from)
    {
        var vote = (Vote)from.Byte();
        return vote is Vote.Yes or Vote.No or Vote.ReadOnly ? vote : throw new RecordFormatException($"{(int)vote} is no vote");
    }

    private static void WriteTerms(RecordWriter to, BranchTerms terms, Timestamp endedBefore, bool onePhase)
    {
        to.Time(terms.CreatedAt);
        to.Flag(terms.Deadline is not null);
        if (terms.Deadline is { } deadline)
        {
            to.Time(deadline);
        }

        to.Time(endedBefore);
        to.Flag(onePhase);
        to.OptionalText(terms.InquiryUrl);
        to.Bytes(terms.Operations);
    }

    private static BranchTerms ReadTerms(ref RecordReader from, out Timestamp endedBefore, out bool onePhase)
    {
        var createdAt = from.Time();
        Timestamp? deadline = from.Flag() ? from.Time() : null;
        endedBefore = from.Time();
        onePhase = from.Flag();
        var inquiryUrl = from.OptionalText();
        return new BranchTerms { CreatedAt = createdAt, Deadline = deadline, InquiryUrl = inquiryUrl, Operations = from.Bytes() };
    }
}
