using Concordat.Core.Encoding;
using Concordat.Core.Locking;

namespace Concordat.Core.Records;

/// <summary>The fields that several records share.</summary>
internal static class FieldCodec
{
    internal static void Write(ParticipantFlags flags, RecordWriter writer) =>
        writer.Byte((byte)((flags.OnePhase ? 1 : 0) | (flags.Inquires ? 2 : 0) | (flags.IsResource ? 4 : 0)));

    internal static ParticipantFlags ReadFlags(ref RecordReader reader)
    {
        var bits = reader.Byte();
        return bits <= 7 ? new((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0) : throw new RecordFormatException($"participant flags are {bits}");
    }

    internal static void Write(BranchHeader branch, RecordWriter writer)
    {
        writer.Text(branch.Id);
        writer.Text(branch.Participant);
        Write(branch.Flags, writer);
    }

    internal static BranchHeader ReadBranch(ref RecordReader reader) => new(reader.Text(), reader.Text(), ReadFlags(ref reader));

    internal static void Write(TransactionHeader header, RecordWriter writer)
    {
        writer.Flag(header.Opened);
        writer.Time(header.Deadline);
        writer.OptionalText(header.Name);
        WriteLabels(header.Labels, writer);
        WriteKey(header.Key, writer);
        writer.OptionalText(header.TraceParent);
    }

    internal static TransactionHeader ReadHeader(ref RecordReader reader)
    {
        var opened = reader.Flag();
        var deadline = reader.Time();
        return new TransactionHeader
        {
            Opened = opened,
            Deadline = deadline,
            Name = reader.OptionalText(),
            Labels = ReadLabels(ref reader),
            Key = ReadKey(ref reader),
            TraceParent = reader.OptionalText(),
        };
    }

    internal static void WriteLabels(IReadOnlyList<KeyValuePair<string, string>> labels, RecordWriter writer)
    {
        writer.Count(labels.Count);
        foreach (var (name, value) in labels)
        {
            writer.Text(name);
            writer.Text(value);
        }
    }

    internal static KeyValuePair<string, string>[] ReadLabels(ref RecordReader reader)
    {
        var labels = new KeyValuePair<string, string>[reader.Count()];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = new(reader.Text(), reader.Text());
        }

        return labels;
    }

    internal static void WriteKey(IdempotencyKey? key, RecordWriter writer)
    {
        writer.OptionalText(key?.Value);
        if (key is not null)
        {
            writer.Bytes(key.BodyHash.Span);
        }
    }

    internal static IdempotencyKey? ReadKey(ref RecordReader reader) =>
        reader.OptionalText() is { } key ? new IdempotencyKey(key, ReadHash(ref reader)) : null;

    private static byte[] ReadHash(ref RecordReader reader)
    {
        var hash = reader.Bytes();
        return hash.Length == IdempotencyKey.HashSizeBytes ? hash : throw new RecordFormatException($"the hash of an idempotency key has {hash.Length} bytes");
    }

    internal static void Write(HeldLock held, RecordWriter writer)
    {
        writer.Text(held.Key);
        writer.Byte((byte)held.Mode);
        writer.Number(checked((ulong)held.Token));
    }

    internal static HeldLock ReadLock(ref RecordReader reader) => new(reader.Text(), reader.Enum<LockMode>(), ReadToken(ref reader));

    internal static long ReadToken(ref RecordReader reader)
    {
        var token = reader.Number();
        return token <= (ulong)TokenBook.Last ? (long)token : throw new RecordFormatException($"a fencing token is {token}, more than 2^53");
    }

    internal static void Write(AbortReason? reason, RecordWriter writer)
    {
        writer.Byte((byte)(reason?.Code ?? 0));
        if (reason is not null)
        {
            writer.OptionalText(reason.Participant);
            writer.OptionalText(reason.Message);
        }
    }

    internal static AbortReason? ReadReason(ref RecordReader reader)
    {
        var code = reader.Byte();
        return code == 0 ? null
            : Enum.IsDefined((AbortCode)code) ? new AbortReason((AbortCode)code, reader.OptionalText(), reader.OptionalText())
            : throw new RecordFormatException($"abort code {code} is not known to this program");
    }

    /// <summary>Times as milliseconds before the end, plus one; 0 where there is none.</summary>
    internal static void Write(EndDetails details, Timestamp end, RecordWriter writer)
    {
        writer.Flag(details.CommitRequested);
        writer.Count(details.Branches.Count);
        foreach (var branch in details.Branches)
        {
            writer.Byte((byte)((int)branch.State | ((int)(branch.Vote ?? 0) << 4)));
        }

        writer.Count(details.Times.Count);
        foreach (var time in details.Times)
        {
            writer.Number(time is { } entered ? checked((ulong)(end.UnixMilliseconds - entered.UnixMilliseconds + 1)) : 0);
        }
    }

    internal static EndDetails ReadDetails(ref RecordReader reader, Timestamp end)
    {
        var commitRequested = reader.Flag();
        var branches = new BranchEnd[reader.Count()];
        for (var i = 0; i < branches.Length; i++)
        {
            branches[i] = ReadBranchEnd(reader.Byte());
        }

        var times = new Timestamp?[reader.Count()];
        for (var i = 0; i < times.Length; i++)
        {
            var before = reader.Number();
            if (before > (ulong)end.UnixMilliseconds + 1)
            {
                throw new RecordFormatException($"a state was entered {before - 1} ms before the end at {end}");
            }

            times[i] = before == 0 ? null : new Timestamp(end.UnixMilliseconds - (long)before + 1);
        }

        return new EndDetails(commitRequested, branches, times);
    }

    private static BranchEnd ReadBranchEnd(byte bits)
    {
        var state = (BranchState)(bits & 0xF);
        var vote = (Vote)(bits >> 4);
        return Enum.IsDefined(state) && (vote == 0 || Enum.IsDefined(vote))
            ? new BranchEnd(state, vote == 0 ? null : vote)
            : throw new RecordFormatException($"a branch's end is {bits}");
    }
}
