using Concordat.Cli.Checking;
using Concordat.Cli.Logs;
using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Log;

namespace Concordat.Cli.Tests.Support;

/// <summary>A coordinator's log, written record by record.</summary>
internal sealed class CoordinatorLog
{
    internal const ulong Nonce = 7;
    private readonly WriteAheadLog _log;
    private readonly RecordWriter _writer = new();
    private long _time = 1_000_000;

    internal CoordinatorLog(bool begun = true)
    {
        _log = WriteAheadLog.Open(Storage, new LogOptions { SegmentSizeBytes = 64 * 1024, SpareSegments = 1 }, (_, _, _) => { });
        Number = LogAudit.CoordinatorNumber(Storage);
        if (begun)
        {
            Add(new EpochStarted(Now, 1, Nonce, Restored: false));
        }
    }

    internal MemoryLogStorage Storage { get; } = new();

    internal ulong Number { get; }

    internal Timestamp Now => new(_time++);

    internal TransactionId Id(ulong counter, ulong nonce = Nonce) => new(Number, nonce, counter);

    internal HeldLogStorage Held() => HeldLogStorage.Open(Storage);

    internal void Add(CoordinatorRecord record)
    {
        _writer.Clear();
        RecordCodec.Write(record, _writer);
        AddRaw((byte)RecordCodec.TypeOf(record), _writer.Written);
    }

    internal void AddRaw(byte type, ReadOnlySpan<byte> payload)
    {
        _log.Append(type, payload);
        _log.Flush(force: true);
    }

    /// <summary>Branch 1 at bank-a, branch 2 at bank-b.</summary>
    internal TransactionId Begin(ulong counter)
    {
        var id = Id(counter);
        Add(new Begun(Now, id, new TransactionHeader { Opened = false, Deadline = Now }, [Branch("1", "bank-a"), Branch("2", "bank-b")]));
        return id;
    }

    internal void Commit(TransactionId id, params int[] branches) =>
        Add(new Decided(Now, id, Outcome.Committed, Reason: null, [.. (branches.Length == 0 ? [0, 1] : branches).Select(b => new PreparedBranch(b, null))]));

    internal void Abort(TransactionId id) => Add(new Decided(Now, id, Outcome.Aborted, new AbortReason(AbortCode.VoteNo, "bank-b", "no"), []));

    internal void End(TransactionId id, Outcome outcome)
    {
        var state = outcome == Outcome.Committed ? BranchState.Committed : BranchState.Aborted;
        Add(new Ended(Now, id, outcome, null, new EndDetails(true, [new BranchEnd(state, Vote.Yes), new BranchEnd(state, Vote.Yes)], [])));
    }

    /// <summary>Steps at service a, each after the one before it.</summary>
    internal TransactionId BeginSaga(ulong counter, params string[] steps)
    {
        var id = Id(counter);
        var retry = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Add(new SagaBegun(Now, id, Now, null, new SagaSpec
        {
            Timeout = TimeSpan.Zero,
            Steps = [.. steps.Select(name => new StepSpec(name, new StepCall("a", "/do", default), new StepCall("a", "/undo", default), null, 5, retry))],
        }));
        return id;
    }

    internal void StartStep(TransactionId id, int step, TransactionId? transaction = null) => Add(new StepStarted(Now, id, step, StepPhase.Action, transaction));

    internal void EndStep(TransactionId id, int step, StepEnd end, string result = "") =>
        Add(new StepEnded(Now, id, step, end, end != StepEnd.Refused, 1, System.Text.Encoding.UTF8.GetBytes(result), null));

    internal void UndoStep(TransactionId id, int step) => Add(new StepUndone(Now, id, step, 1, null, null));

    internal void EndSaga(TransactionId id) => Add(new SagaEnded(Now, id));

    internal static BranchHeader Branch(string id, string participant) => new(id, participant, new ParticipantFlags(false, false));
}
