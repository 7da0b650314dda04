using Concordat.Core.Encoding;
using Concordat.Core.History;
using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Core.Transactions;

namespace Concordat.Core;

/// <summary>
/// All that the coordinator knows, and where a step's effects gather. The modules of functions beside the transaction
/// (Preparing, Deciding, Completing, …) work on it; it has no rules of its own beyond those of appending.
/// </summary>
internal sealed class CoordinatorState(CoordinatorOptions options, ulong coordinator, ulong seed)
{
    private readonly RecordWriter _writer = new();
    private readonly Queue<AppendedRecord> _notDurable = new();
    private List<Effect>? _effects;

    internal CoordinatorOptions Options { get; } = options;
    internal SplitMix64 Random { get; } = new(seed);
    internal TimerHeap Timers { get; } = new();
    internal CoordinatorClock Clock { get; } = new();
    internal EpochBook Epochs { get; } = new(coordinator);
    internal IdTable Table { get; } = new();
    internal OpenTransactions Open { get; } = new();
    internal ParticipantBook Participants { get; } = new();
    internal HistoryBook History { get; } = new();
    internal IdempotencyKeys Keys { get; } = new();
    internal SagaBook Sagas { get; } = new();
    internal LockTable Locks { get; } = new();
    internal TokenBook Tokens { get; } = new();

    /// <summary>For images; reused, since every transaction that ends needs one.</summary>
    internal RecordWriter ImageWriter { get; } = new();

    internal Now Now;

    /// <summary>How many transactions are in each state, ended ones not counted.</summary>
    internal readonly int[] CountByState = new int[7];

    /// <summary>How many transactions were ever made known: the order of their creation.</summary>
    internal long TrackedTransactions;

    /// <summary>What came of lock requests is being acted on, which makes more of it.</summary>
    internal bool IsSettlingLocks;

    internal int Hazards;

    /// <summary>Bytes that can certainly be appended to the log, beyond what its checkpoint needs.</summary>
    internal long RoomBytes = long.MaxValue;

    /// <summary>What the live transactions still need of it: accepting one keeps room for its decision and end.</summary>
    internal long ReservedBytes;

    /// <summary>Nothing is sent and nobody is answered before this epoch is durable.</summary>
    internal long EpochRecord;

    /// <summary>How many records were appended since the start, and how many of them are durable.</summary>
    internal long AppendedRecords { get; private set; }

    internal long DurableRecords { get; private set; }

    /// <summary>The size of the record that was appended last.</summary>
    internal int LastPayloadBytes { get; private set; }

    /// <summary>The clock of the newest durable record.</summary>
    internal Timestamp DurableTime;

    internal int Undecided =>
        CountByState[(int)TransactionState.Active] + CountByState[(int)TransactionState.Preparing] + CountByState[(int)TransactionState.Prepared];

    /// <summary>
    /// Every transaction created before it has ended, and the end is durable. Never past the newest durable record, so that a
    /// restart after which the wall clock is behind still creates later than anything that participants were told.
    /// </summary>
    internal Timestamp EndedBefore => Open.Oldest is { } oldest ? Timestamp.Min(oldest.CreatedAt, DurableTime) : DurableTime;

    internal void BeginStep(Now now, List<Effect> effects)
    {
        BeginStepAtLastTime(now, effects);
        if (Clock.Advance(now))
        {
            Append(new ClockStepped(Clock.Time), transaction: null);
        }
    }

    /// <summary>Without a look at the wall clock, and so without a record of its step.</summary>
    internal void BeginStepAtLastTime(Now now, List<Effect> effects)
    {
        Now = now;
        _effects = effects;
    }

    internal void Emit(Effect effect) => _effects!.Add(effect);

    /// <summary>
    /// Nobody hears anything before this epoch is durable: with it becomes durable whatever the start found in the log, and an id
    /// of an epoch that a crash loses would be one that the log does not know.
    /// </summary>
    internal void Answer(Caller caller, Reply reply, long after = 0) => Emit(new Answer(caller, reply, Math.Max(after, EpochRecord)));

    internal void Refuse(Caller caller, ProblemKind kind, string detail) => Answer(caller, new ProblemReply(kind, detail));

    /// <summary>Appends a record and returns its number. The transaction hears when it is durable.</summary>
    internal long Append(CoordinatorRecord record, Transaction? transaction = null)
    {
        _writer.Clear();
        RecordCodec.Write(record, _writer);
        var payload = _writer.Written.ToArray();
        LastPayloadBytes = payload.Length;
        RoomBytes -= payload.Length + Options.RecordOverheadBytes;
        var meaning = record switch
        {
            Decided => RecordMeaning.Decision,
            Ended => RecordMeaning.End,
            _ => RecordMeaning.Other,
        };
        _notDurable.Enqueue(new AppendedRecord(++AppendedRecords, record.At, meaning, transaction));
        Emit(new Append(AppendedRecords, record, payload));
        return AppendedRecords;
    }

    internal long AppendForced(CoordinatorRecord record, Transaction? transaction)
    {
        var number = Append(record, transaction);
        Emit(Force.Instance);
        return number;
    }

    /// <summary>The next record that has become durable, in order, or null.</summary>
    internal AppendedRecord? TakeDurable(long upTo)
    {
        if (!_notDurable.TryPeek(out var next) || next.Number > upTo)
        {
            return null;
        }

        DurableRecords = next.Number;
        DurableTime = Timestamp.Max(DurableTime, next.At);
        return _notDurable.Dequeue();
    }

    internal void Enter(Transaction transaction, TransactionState next)
    {
        CountByState[(int)transaction.State]--;
        transaction.Enter(next, Clock.Time);
        if (!transaction.IsEnded)
        {
            CountByState[(int)next]++;
        }
    }

    internal bool IsOutcomeDurable(Transaction transaction) => transaction.IsDecided && transaction.DecisionRecord <= DurableRecords;

    internal object? Find(TransactionId id) =>
        Epochs.Classify(id, out var epoch) == IdKind.Ours ? Table.Find(epoch!.Number, id.Counter) : null;

    /// <summary>A <see cref="Saga"/>, a <see cref="FinishedSaga"/>, or null.</summary>
    internal object? FindSaga(TransactionId id) =>
        Epochs.Classify(id, out var epoch) == IdKind.Ours ? Sagas.Table.Find(epoch!.Number, id.Counter) : null;

    internal Timestamp WallOf(TimeSpan due) => Clock.Time + (due - Now.Monotonic);
}

/// <param name="Transaction">Whose record it is, where it is one's.</param>
internal readonly record struct AppendedRecord(long Number, Timestamp At, RecordMeaning Meaning, Transaction? Transaction);

/// <summary>What somebody waits for.</summary>
internal enum RecordMeaning
{
    Other,
    Decision,
    End,
}
