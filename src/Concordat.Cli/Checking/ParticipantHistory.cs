using System.Runtime.InteropServices;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using static Concordat.Core.Participation.Records.ParticipantRecord;

namespace Concordat.Cli.Checking;

/// <summary>
/// A participant's log as facts, by branch. As with <see cref="CoordinatorHistory"/>, only the form of the records is shared with
/// the code that it audits.
/// </summary>
internal sealed class ParticipantHistory(string location) : IRecordTaker
{
    private readonly Dictionary<BranchKey, PromiseFacts> _branches = [];
    private readonly HashSet<BranchKey> _inDoubt = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private List<(long Position, OfBranch Record)>? _pending;
    private CheckpointStarted? _pendingStart;
    private string? _participant;
    private int _checkpoints;
    private bool _any;

    public Findings Findings { get; } = new();

    public bool HasGap { get; private set; }

    /// <summary>The participant's name; where the log does not say it, where it is.</summary>
    public string Name => _participant ?? location;

    internal Dictionary<BranchKey, PromiseFacts> Branches => _branches;

    /// <summary>False until the log's beginning, or a whole checkpoint, was read: before, nothing is known of what is not seen.</summary>
    internal bool KnowsAll { get; private set; }

    /// <summary>Of the checkpoint that the log begins with: what this coordinator created before then may be forgotten.</summary>
    internal Dictionary<ulong, long> ForgetsBefore { get; } = [];

    public void NoteGap()
    {
        HasGap = true;
        KnowsAll = false;
    }

    public void Take(long position, byte type, ReadOnlySpan<byte> payload)
    {
        var record = ParticipantRecordCodec.Read(type, payload);
        if (!_any)
        {
            _any = true;
            KnowsAll = record is Opened { Owner.Run: 1 };
        }

        switch (record)
        {
            case Opened r:
                _participant = r.Owner.Participant;
                _pending = null;
                break;
            case CheckpointStarted r:
                _participant = r.Owner.Participant;
                (_pendingStart, _pending) = (r, []);
                break;
            case CheckpointEnded when _pending is not null:
                EndCheckpoint(_pendingStart!, _pending);
                _pending = null;
                break;
            case OfBranch r when _pending is not null:
                _pending.Add((position, r));
                break;
            case OfBranch r:
                TakeBranch(r, position);
                break;
        }
    }

    internal IReadOnlyList<RecordReference> RecordsOf(PromiseFacts facts)
    {
        var time = new RecordTime(facts.CreatedAt, IsCreation: true);
        var records = new List<RecordReference>(2);
        if (facts.IsPromised)
        {
            records.Add(new RecordReference(Name, nameof(Prepared), facts.PreparedAt, time));
        }

        if (facts.Outcome is { } outcome)
        {
            records.Add(new RecordReference(Name, outcome == Outcome.Committed ? nameof(Committed) : nameof(RolledBack), facts.EndedAt, time));
        }

        return records;
    }

    private ref PromiseFacts Facts(OfBranch record)
    {
        var key = record.Key;
        if (!_texts.TryGetValue(key.Branch, out var shared) && _texts.Count < 100_000)
        {
            _texts.Add(key.Branch, key.Branch);
        }

        ref var facts = ref CollectionsMarshal.GetValueRefOrAddDefault(_branches, key with { Branch = shared ?? key.Branch }, out var known);
        if (!known)
        {
            (facts.PreparedAt, facts.EndedAt) = (-1, -1);
        }

        if (CreatedAt(record) is { } createdAt)
        {
            facts.CreatedAt = createdAt;
        }

        return ref facts;
    }

    private void TakeBranch(OfBranch record, long position)
    {
        ref var facts = ref Facts(record);
        switch (record)
        {
            case Preparing or Prepared when facts.Outcome is not null:
                Report(ViolationKind.PreparedAfterOutcome, "prepared although it had ended", record, position, facts);
                break;
            case Prepared when facts.IsPromised:
                Report(ViolationKind.PreparedTwice, "promised twice", record, position, facts);
                break;
            case Prepared:
                facts.PreparedAt = position;
                _inDoubt.Add(record.Key);
                break;
            case Committed or RolledBack when facts.Outcome is { } earlier:
                var changed = earlier != OutcomeOf(record);
                Report(changed ? ViolationKind.OutcomeChanged : ViolationKind.OutcomeTwice,
                    changed ? "ended in two ways" : "ended twice", record, position, facts);
                break;
            case Committed { OnePhase: false } when !facts.IsPromised && KnowsAll:
                Report(ViolationKind.CommittedUnprepared, "committed without a promise", record, position, facts);
                End(ref facts, record, position);
                break;
            case Committed or RolledBack:
                End(ref facts, record, position);
                break;
            case Left when facts.IsPromised && facts.Outcome is null:
                Report(ViolationKind.PromiseLost, "left although it had promised", record, position, facts);
                break;
        }
    }

    private void End(ref PromiseFacts facts, OfBranch record, long position)
    {
        facts.Outcome = OutcomeOf(record);
        facts.EndedAt = position;
        facts.IsReadOnly = record is Committed { Vote: Vote.ReadOnly };
        _inDoubt.Remove(record.Key);
    }

    /// <summary>A whole checkpoint replaces everything before it: what it leaves out, the participant has forgotten.</summary>
    private void EndCheckpoint(CheckpointStarted start, List<(long Position, OfBranch Record)> records)
    {
        _checkpoints++;
        foreach (var (position, record) in records)
        {
            ref var facts = ref Facts(record);
            facts.Checkpoint = _checkpoints;
            Compare(ref facts, record, position);
        }

        if (!KnowsAll)
        {
            KnowsAll = true;
            foreach (var mark in start.Marks)
            {
                ForgetsBefore[mark.Coordinator] = mark.EndedBefore.UnixMilliseconds;
            }
        }

        foreach (var key in _inDoubt.Where(key => _branches[key].Checkpoint != _checkpoints).ToList())
        {
            _inDoubt.Remove(key);
            if (!HasGap)
            {
                Findings.Add(ViolationKind.PromiseLost, Where(key), "a checkpoint leaves out a promise without an outcome", RecordsOf(_branches[key]));
            }
        }
    }

    private void Compare(ref PromiseFacts facts, OfBranch record, long position)
    {
        switch (record, facts.Outcome)
        {
            case (Prepared, null):
                facts.PreparedAt = facts.IsPromised ? facts.PreparedAt : position;
                _inDoubt.Add(record.Key);
                break;
            case (Prepared or Preparing, not null):
                Report(ViolationKind.OutcomeChanged, "a checkpoint has it as unfinished although it had ended", record, position, facts);
                break;
            case (Committed or RolledBack, null):
                End(ref facts, record, position);
                break;
            case (Committed or RolledBack, { } earlier) when earlier != OutcomeOf(record):
                Report(ViolationKind.OutcomeChanged, "a checkpoint has it the other way", record, position, facts);
                break;
        }
    }

    private void Report(ViolationKind kind, string text, OfBranch record, long position, in PromiseFacts facts) => Findings.Add(
        kind, Where(record.Key), text,
        [.. RecordsOf(facts), new RecordReference(Name, record.GetType().Name, position, new RecordTime(facts.CreatedAt, IsCreation: true))]);

    private Place Where(BranchKey key) => new(key.Transaction, key.Branch, Name);

    private static Outcome? OutcomeOf(OfBranch record) => record switch
    {
        Committed => Outcome.Committed,
        RolledBack => Outcome.Aborted,
        _ => null,
    };

    private static long? CreatedAt(OfBranch record) => record switch
    {
        Preparing r => r.Terms.CreatedAt.UnixMilliseconds,
        Prepared r => r.Terms.CreatedAt.UnixMilliseconds,
        Committed r => r.CreatedAt.UnixMilliseconds,
        RolledBack r => r.CreatedAt.UnixMilliseconds,
        _ => null,
    };
}
