using Concordat.Cli.Logs;
using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Log;

namespace Concordat.Cli.Tests.Support;

/// <summary>A participant's log, written record by record.</summary>
internal sealed class BankLog
{
    private readonly WriteAheadLog _log;
    private readonly RecordWriter _writer = new();
    private readonly string _name;
    private readonly string _branch;

    internal BankLog(string name, string branch, bool begun = true)
    {
        (_name, _branch) = (name, branch);
        _log = WriteAheadLog.Open(Storage, new LogOptions { SegmentSizeBytes = 64 * 1024, SpareSegments = 1 }, (_, _, _) => { });
        if (begun)
        {
            Add(new ParticipantRecord.Opened(Owner));
        }
    }

    internal MemoryLogStorage Storage { get; } = new();

    internal LogOwner Owner => new(_name, HasOwnStore: false, Run: 1);

    internal HeldLogStorage Held() => HeldLogStorage.Open(Storage);

    internal void Add(ParticipantRecord record)
    {
        _writer.Clear();
        var type = ParticipantRecordCodec.Write(record, _writer);
        _log.Append((byte)type, _writer.Written);
        _log.Flush(force: true);
    }

    internal void Prepare(TransactionId id, long createdAt = 1_000_500) => Add(Prepared(id, createdAt));

    internal void Commit(TransactionId id, long createdAt = 1_000_500) => Add(Committed(id, createdAt));

    internal void RollBack(TransactionId id, long createdAt = 1_000_500) =>
        Add(new ParticipantRecord.RolledBack(Key(id), new Timestamp(createdAt), Timestamp.Zero, null));

    internal ParticipantRecord Prepared(TransactionId id, long createdAt = 1_000_500) =>
        new ParticipantRecord.Prepared(Key(id), new BranchTerms { CreatedAt = new Timestamp(createdAt) }, Timestamp.Zero, OnePhase: false, Evidence: null);

    internal ParticipantRecord Committed(TransactionId id, long createdAt = 1_000_500) =>
        new ParticipantRecord.Committed(Key(id), new Timestamp(createdAt), Timestamp.Zero, OnePhase: false, Vote.Yes, null, null);

    private BranchKey Key(TransactionId id) => new(id, _branch);
}
