using Concordat.Core.Encoding;
using Concordat.Core.Sagas;

namespace Concordat.Core.Records;

/// <summary>
/// Records to bytes and back. Every record begins with its version, one byte; a version that is not known stops the start. The
/// bytes stand in docs/log-format.md, and logs of every version that was ever shipped stay readable.
/// </summary>
public static class RecordCodec
{
    private const byte Version = 1;

    public static RecordType TypeOf(CoordinatorRecord record) => record switch
    {
        EpochStarted => RecordType.EpochStarted,
        ClockStepped => RecordType.ClockStepped,
        ParticipantPut => RecordType.ParticipantPut,
        ParticipantRemoved => RecordType.ParticipantRemoved,
        Begun => RecordType.Begun,
        Enlisted => RecordType.Enlisted,
        OnePhaseStarted => RecordType.OnePhaseStarted,
        Decided => RecordType.Decided,
        BranchSettled => RecordType.BranchSettled,
        Ended => RecordType.Ended,
        UnknownSettled => RecordType.UnknownSettled,
        Locked => RecordType.Locked,
        TokensReserved => RecordType.TokensReserved,
        CheckpointStarted => RecordType.CheckpointStarted,
        EpochKnown => RecordType.EpochKnown,
        TransactionSnapshot => RecordType.TransactionSnapshot,
        CheckpointEnded => RecordType.CheckpointEnded,
        SagaBegun => RecordType.SagaBegun,
        StepStarted => RecordType.StepStarted,
        StepEnded => RecordType.StepEnded,
        SagaTurned => RecordType.SagaTurned,
        StepUndone => RecordType.StepUndone,
        SagaResumed => RecordType.SagaResumed,
        SagaEnded => RecordType.SagaEnded,
        SagaRemembered => RecordType.SagaRemembered,
        _ => throw new ProtocolViolationException($"{record.GetType().Name} has no record type"),
    };

    public static void Write(CoordinatorRecord record, RecordWriter writer)
    {
        writer.Byte(Version);
        writer.Time(record.At);
        switch (record)
        {
            case EpochStarted r:
                writer.Count(checked((int)r.Number));
                writer.Number(r.Nonce);
                writer.Flag(r.Restored);
                break;
            case ParticipantPut r:
                writer.Text(r.Name);
                writer.Text(r.Url);
                FieldCodec.Write(r.Flags, writer);
                break;
            case ParticipantRemoved r:
                writer.Text(r.Name);
                break;
            case Begun r:
                writer.Id(r.Id);
                FieldCodec.Write(r.Header, writer);
                writer.Count(r.Branches.Count);
                foreach (var branch in r.Branches)
                {
                    FieldCodec.Write(branch, writer);
                }

                break;
            case Enlisted r:
                writer.Id(r.Id);
                FieldCodec.Write(r.Branch, writer);
                break;
            case OnePhaseStarted r:
                writer.Id(r.Id);
                writer.Bytes(r.Operations.Span);
                if (r.Evidence is not null)
                {
                    // Only then, and at the end: what was written before there was evidence stays as it is.
                    writer.Text(r.Evidence);
                }

                break;
            case Decided r:
                writer.Id(r.Id);
                writer.Byte((byte)r.Outcome);
                FieldCodec.Write(r.Reason, writer);
                writer.Count(r.Prepared.Count);
                foreach (var prepared in r.Prepared)
                {
                    writer.Count(prepared.Branch);
                    writer.OptionalText(prepared.Evidence);
                }

                break;
            case BranchSettled r:
                writer.Id(r.Id);
                writer.Count(r.Branch);
                writer.Byte((byte)r.As);
                writer.Text(r.Who);
                writer.Text(r.Why);
                break;
            case Ended r:
                writer.Id(r.Id);
                writer.Byte((byte)r.Outcome);
                FieldCodec.Write(r.Reason, writer);
                FieldCodec.Write(r.Details, r.At, writer);
                break;
            case UnknownSettled r:
                writer.Id(r.Id);
                writer.Byte((byte)r.Outcome);
                writer.Text(r.Who);
                writer.Text(r.Why);
                break;
            case Locked r:
                writer.Id(r.Id);
                writer.Count(r.Locks.Count);
                foreach (var held in r.Locks)
                {
                    FieldCodec.Write(held, writer);
                }

                break;
            case TokensReserved r:
                writer.Number(checked((ulong)r.UpTo));
                break;
            case CheckpointStarted r:
                writer.Count(r.Transactions);
                break;
            case EpochKnown r:
                writer.Count(checked((int)r.Number));
                writer.Number(r.Nonce);
                writer.Flag(r.Restored);
                writer.Number(r.ForgottenUpTo);
                break;
            case TransactionSnapshot r:
                writer.Bytes(r.Image.Span);
                break;
            case SagaRemembered r:
                writer.Byte((byte)TypeOf(r.Record));
                Write(r.Record, writer);
                break;
            case SagaRecord r:
                writer.Id(r.Id);
                WriteSaga(r, writer);
                break;
        }
    }

    private static void WriteSaga(SagaRecord record, RecordWriter writer)
    {
        switch (record)
        {
            case SagaBegun r:
                SagaCodec.Write(r, writer);
                break;
            case StepStarted r:
                writer.Count(r.Step);
                writer.Byte((byte)r.Phase);
                writer.Flag(r.Transaction is not null);
                if (r.Transaction is { } transaction)
                {
                    writer.Id(transaction);
                }

                break;
            case StepEnded r:
                writer.Count(r.Step);
                writer.Byte((byte)r.End);
                writer.Flag(r.MayHaveHappened);
                writer.Count(r.Attempts);
                writer.Bytes(r.Result.Span);
                writer.OptionalText(r.Message);
                break;
            case SagaTurned r:
                writer.Byte((byte)r.Code);
                writer.OptionalText(r.Message);
                break;
            case StepUndone r:
                writer.Count(r.Step);
                writer.Count(r.Attempts);
                writer.OptionalText(r.Who);
                writer.OptionalText(r.Why);
                break;
        }
    }

    /// <exception cref="RecordFormatException">The bytes are no record of a known type and version.</exception>
    public static CoordinatorRecord Read(byte type, ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        var record = Read(type, ref reader);
        reader.End();
        return record;
    }

    private static CoordinatorRecord Read(byte type, ref RecordReader reader)
    {
        if (reader.Byte() is var version && version != Version)
        {
            throw new RecordFormatException($"a {(RecordType)type} record has version {version}; this program knows {Version}");
        }

        var at = reader.Time();
        return (RecordType)type switch
        {
            RecordType.EpochStarted => new EpochStarted(at, reader.Index(), ReadNonce(ref reader), reader.Flag()),
            RecordType.ClockStepped => new ClockStepped(at),
            RecordType.ParticipantPut => new ParticipantPut(at, reader.Text(), reader.Text(), FieldCodec.ReadFlags(ref reader)),
            RecordType.ParticipantRemoved => new ParticipantRemoved(at, reader.Text()),
            RecordType.Begun => new Begun(at, reader.Id(), FieldCodec.ReadHeader(ref reader), ReadBranches(ref reader)),
            RecordType.Enlisted => new Enlisted(at, reader.Id(), FieldCodec.ReadBranch(ref reader)),
            RecordType.OnePhaseStarted => new OnePhaseStarted(at, reader.Id(), reader.Bytes(), reader.AtEnd ? null : ReadEvidence(ref reader)),
            RecordType.Decided => new Decided(at, reader.Id(), reader.Enum<Outcome>(), FieldCodec.ReadReason(ref reader), ReadPrepared(ref reader)),
            RecordType.BranchSettled => new BranchSettled(at, reader.Id(), reader.Index(), reader.Enum<Settlement>(), reader.Text(), reader.Text()),
            RecordType.Ended => new Ended(at, reader.Id(), reader.Enum<Outcome>(), FieldCodec.ReadReason(ref reader), FieldCodec.ReadDetails(ref reader, at)),
            RecordType.UnknownSettled => new UnknownSettled(at, reader.Id(), reader.Enum<Outcome>(), reader.Text(), reader.Text()),
            RecordType.Locked => new Locked(at, reader.Id(), ReadLocks(ref reader)),
            RecordType.TokensReserved => new TokensReserved(at, FieldCodec.ReadToken(ref reader)),
            RecordType.CheckpointStarted => new CheckpointStarted(at, reader.Index()),
            RecordType.EpochKnown => new EpochKnown(at, reader.Index(), ReadNonce(ref reader), reader.Flag(), reader.Number()),
            RecordType.TransactionSnapshot => new TransactionSnapshot(at, reader.Bytes()),
            RecordType.CheckpointEnded => new CheckpointEnded(at),
            RecordType.SagaBegun => SagaCodec.ReadBegun(at, ref reader),
            RecordType.StepStarted => new StepStarted(at, reader.Id(), reader.Index(), reader.Enum<StepPhase>(), reader.Flag() ? reader.Id() : null),
            RecordType.StepEnded => new StepEnded(
                at, reader.Id(), reader.Index(), reader.Enum<StepEnd>(), reader.Flag(), reader.Index(), reader.Bytes(), reader.OptionalText()),
            RecordType.SagaTurned => new SagaTurned(at, reader.Id(), reader.Enum<SagaReasonCode>(), reader.OptionalText()),
            RecordType.StepUndone => new StepUndone(at, reader.Id(), reader.Index(), reader.Index(), reader.OptionalText(), reader.OptionalText()),
            RecordType.SagaResumed => new SagaResumed(at, reader.Id()),
            RecordType.SagaEnded => new SagaEnded(at, reader.Id()),
            RecordType.SagaRemembered => new SagaRemembered(at, ReadRemembered(ref reader)),
            _ => throw new RecordFormatException($"record type {type} is not known to this program"),
        };
    }

    private static SagaRecord ReadRemembered(ref RecordReader reader)
    {
        var type = reader.Byte();
        if (type is < (byte)RecordType.SagaBegun or > (byte)RecordType.SagaEnded)
        {
            throw new RecordFormatException($"record type {type} is none of a saga's");
        }

        return (SagaRecord)Read(type, ref reader);
    }

    private static string ReadEvidence(ref RecordReader reader) =>
        reader.Text() is { Length: > 0 } evidence ? evidence : throw new RecordFormatException("evidence is there, and empty");

    private static ulong ReadNonce(ref RecordReader reader)
    {
        var nonce = reader.Number();
        return nonce <= TransactionId.MaxNonce ? nonce : throw new RecordFormatException($"an epoch's nonce is {nonce}, more than its 42 bits hold");
    }

    private static BranchHeader[] ReadBranches(ref RecordReader reader)
    {
        var branches = new BranchHeader[reader.Count()];
        for (var i = 0; i < branches.Length; i++)
        {
            branches[i] = FieldCodec.ReadBranch(ref reader);
        }

        return branches;
    }

    private static HeldLock[] ReadLocks(ref RecordReader reader)
    {
        var locks = new HeldLock[reader.Count()];
        for (var i = 0; i < locks.Length; i++)
        {
            locks[i] = FieldCodec.ReadLock(ref reader);
        }

        return locks;
    }

    private static PreparedBranch[] ReadPrepared(ref RecordReader reader)
    {
        var prepared = new PreparedBranch[reader.Count()];
        for (var i = 0; i < prepared.Length; i++)
        {
            prepared[i] = new PreparedBranch(reader.Index(), reader.OptionalText());
        }

        return prepared;
    }
}
