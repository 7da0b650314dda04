using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Participation.Records;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Logs;

/// <summary>Changes the records of a log: their order, their fields, and their bytes.</summary>
internal static class RecordMutator
{
    /// <summary>Numbers as varints at the ends of their ranges, and beyond.</summary>
    private static readonly byte[][] Numbers =
    [
        [0], [1], [0x7f], [0xff, 0xff, 0xff, 0xff, 0x07], [0x80, 0x80, 0x80, 0x80, 0x08], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80, 0x00], [0xff, 0xdf, 0xe2, 0xd0, 0xa5, 0xb7, 0x39],
    ];

    /// <param name="others">Records of other logs, to splice in.</param>
    public static void Change(Dice dice, List<ForgedRecord> records, IReadOnlyList<ForgedRecord> others)
    {
        for (var left = dice.Few(); left > 0 && records.Count > 0; left--)
        {
            ChangeOnce(dice, records, others);
        }
    }

    private static void ChangeOnce(Dice dice, List<ForgedRecord> records, IReadOnlyList<ForgedRecord> others)
    {
        var at = dice.Below(records.Count);
        var other = dice.Below(records.Count);
        switch (dice.Below(12))
        {
            case 0:
                records.RemoveAt(at);
                break;
            case 1:
                records.Insert(other, records[at]);
                break;
            case 2:
                (records[at], records[other]) = (records[other], records[at]);
                break;
            case 3:
                records.Insert(at, dice.PickFrom(others));
                break;
            case 4:
                records.RemoveRange(0, at);
                break;
            case 5:
                records[at] = records[at] with { Type = dice.OneIn(2) ? dice.PickFrom(others).Type : (byte)dice.Below(0xF0) };
                break;
            case 6 when records[at].Payload.Length > 0:
                records[at] = records[at] with { Payload = [dice.Pick<byte>(0, 2, 255), .. records[at].Payload[1..]] };
                break;
            case 7 or 8:
                records[at] = Field(dice, records[at]);
                break;
            case 9 when records[at].Payload.Length > 0:
                var place = dice.Below(records[at].Payload.Length);
                records[at] = records[at] with { Payload = [.. records[at].Payload[..place], .. dice.PickFrom(Numbers), .. records[at].Payload[(place + 1)..]] };
                break;
            default:
                records[at] = records[at] with { Payload = ByteMutator.Change(dice, records[at].Payload) };
                break;
        }
    }

    /// <summary>A record that reads well and says what cannot be. Types 1 to 6 are a coordinator's or a participant's, whoever can read them.</summary>
    private static ForgedRecord Field(Dice dice, ForgedRecord record)
    {
        try
        {
            var writer = new RecordWriter();
            RecordCodec.Write(Odd(dice, RecordCodec.Read(record.Type, record.Payload)), writer);
            return record with { Payload = writer.Written.ToArray() };
        }
        catch (Exception e) when (e is RecordFormatException or OverflowException)
        {
            return record with { Payload = ByteMutator.Change(dice, record.Payload) };
        }
    }

    private static CoordinatorRecord Odd(Dice dice, CoordinatorRecord record)
    {
        if (dice.OneIn(3))
        {
            return record with { At = dice.Pick(Timestamp.Zero, Timestamp.Last, new Timestamp(1), new Timestamp(Timestamp.Last.UnixMilliseconds - 1)) };
        }

        return record switch
        {
            EpochStarted r => dice.OneIn(2) ? r with { Number = dice.Pick(0, 1, int.MaxValue, 7) } : r with { Restored = !r.Restored },
            ParticipantPut r => dice.OneIn(2) ? r with { Name = Text(dice) } : r with { Url = Text(dice) },
            ParticipantRemoved r => r with { Name = Text(dice) },
            Begun r => dice.Below(4) switch
            {
                0 => r with { Branches = [.. r.Branches, .. r.Branches] },
                1 => r with { Branches = [] },
                2 => r with { Header = r.Header with { Deadline = dice.Pick(Timestamp.Zero, Timestamp.Last), Name = Text(dice), Opened = !r.Header.Opened } },
                _ => r with { Id = new TransactionId(r.Id.Coordinator, r.Id.Nonce, dice.OneIn(2) ? TransactionId.MaxCounter : 0) },
            },
            Decided r => dice.OneIn(2)
                ? r with { Outcome = r.Outcome == Outcome.Committed ? Outcome.Aborted : Outcome.Committed }
                : r with { Prepared = [new PreparedBranch(dice.Pick(0, 1, 99, int.MaxValue), Text(dice)), .. r.Prepared] },
            BranchSettled r => r with { Branch = dice.Pick(0, 1, 99, int.MaxValue), Who = Text(dice) },
            Ended r => dice.OneIn(2)
                ? r with { Outcome = r.Outcome == Outcome.Committed ? Outcome.Aborted : Outcome.Committed }
                : r with { Details = r.Details with { Branches = [.. r.Details.Branches, .. r.Details.Branches] } },
            CheckpointStarted r => r with { Transactions = dice.Pick(0, int.MaxValue, r.Transactions + 1) },
            EpochKnown r => r with { Number = dice.Pick(0, int.MaxValue, 1), ForgottenUpTo = ulong.MaxValue },
            SagaRemembered { Record: { } remembered } r => r with { Record = OddOfSaga(dice, remembered) },
            SagaRecord r => OddOfSaga(dice, r),
            var r => r,
        };
    }

    private static SagaRecord OddOfSaga(Dice dice, SagaRecord record) => record switch
    {
        SagaBegun r => dice.Below(4) switch
        {
            0 => r with { Deadline = dice.Pick(Timestamp.Zero, Timestamp.Last) },
            1 => r with { Spec = r.Spec with { Steps = [] } },
            2 => r with { Spec = r.Spec with { Steps = [.. r.Spec.Steps.Select(step => step with { After = [.. r.Spec.Steps.Select(other => other.Name)] })] } },
            _ => r with { Spec = r.Spec with { Steps = [.. r.Spec.Steps.Select(step => Odd(dice, step))] } },
        },
        StepStarted r => dice.Below(3) switch
        {
            0 => r with { Step = dice.Pick(0, 1, 99, int.MaxValue) },
            1 => r with { Phase = r.Phase == StepPhase.Action ? StepPhase.Compensation : StepPhase.Action },
            _ => r with { Transaction = r.Transaction is null ? new TransactionId(r.Id.Coordinator, r.Id.Nonce, dice.Pick(1ul, 2ul, 7ul)) : null },
        },
        StepEnded r => dice.Below(3) switch
        {
            0 => r with { End = dice.Pick(StepEnd.Done, StepEnd.Refused, StepEnd.Failed) },
            1 => r with { MayHaveHappened = !r.MayHaveHappened, Step = dice.Pick(0, 1, 99) },
            _ => r with { Result = dice.Pick<byte[]>([], "{"u8.ToArray(), "null"u8.ToArray(), [0xff, 0xfe], "[[[[[[[[]]]]]]]]"u8.ToArray()) },
        },
        SagaTurned r => r with { Code = SagaReasonCode.Restored, Message = Text(dice) },
        StepUndone r => dice.OneIn(2) ? r with { Step = dice.Pick(0, 1, 99, int.MaxValue) } : r with { Who = Text(dice), Why = dice.OneIn(2) ? null : Text(dice) },
        var r => r with { Id = new TransactionId(r.Id.Coordinator, r.Id.Nonce, dice.OneIn(2) ? TransactionId.MaxCounter : 1) },
    };

    private static StepSpec Odd(Dice dice, StepSpec step) => dice.Below(4) switch
    {
        0 => step with { Attempts = dice.Pick(0, int.MaxValue) },
        1 => step with { Retry = new Backoff(TimeSpan.Zero, TimeSpan.FromMilliseconds(dice.Pick(0, int.MaxValue))), CallTimeout = TimeSpan.FromMilliseconds(dice.Pick(0, int.MaxValue)) },
        2 => step with { Action = new StepCall(Text(dice), Text(dice), "{\"$result\": 1}"u8.ToArray()) },
        _ => step with { Compensation = dice.OneIn(2) ? null : new StepTransaction([]) },
    };

    private static string Text(Dice dice) => dice.Pick<string>("", "x", "good", "http://[", "::", "\0", "\u001b[2J", new string('x', 5000), "\ud83d\ude00", "http://127.0.0.1:9/x");
}
