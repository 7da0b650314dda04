using Concordat.Core.Encoding;
using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Recovery;

/// <summary>
/// Rebuilds the coordinator from the records of its log, in order, and then opens a new epoch.
/// <list type="number">
/// <item>Apply for every record of the durable prefix.</item>
/// <item><see cref="Finish"/> appends the new epoch, forced, and acts on what the log shows (<see cref="RecoveryTable"/>); no call
/// leaves before the epoch is durable. A crash anywhere in between is another restart: replaying changes nothing.</item>
/// </list>
/// A log begins with epoch 1, or, once older segments are gone, with a checkpoint. A later checkpoint repeats what is known and
/// is passed over. A log that begins in the middle was killed between removing two segments: its first whole checkpoint, which all of
/// them were removed for, is where it begins.
/// </summary>
public sealed class CoordinatorReplay
{
    /// <summary>The clock goes on from the log's last time, and deadlines and retention must fit before the end of the calendar.</summary>
    private static readonly Timestamp LatestTime = Timestamp.From(new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>A record holds a few more.</summary>
    private const long LatestEpoch = 1_000_000_000;

    private readonly Func<CoordinatorState> _empty;
    private readonly Dictionary<TransactionId, ReplayedTransaction> _live = [];
    private readonly List<TransactionId> _order = [];
    private SagaReplay _sagas = new();
    private CoordinatorState _s;
    private bool _any;

    /// <summary>What a log that begins in the middle begins with: everything up to the first whole checkpoint is passed over.</summary>
    private string? _middle;
    private CheckpointReading _checkpoint;
    private int _snapshots;

    /// <param name="coordinator">The log's identity, in the 40 bits that ids have for it.</param>
    /// <param name="seed">For the jitter of retries.</param>
    public CoordinatorReplay(CoordinatorOptions options, ulong coordinator, ulong seed)
    {
        options.Validate();
        _empty = () => new CoordinatorState(options, coordinator, seed);
        _s = _empty();
    }

    private enum CheckpointReading
    {
        None,

        /// <summary>The log begins with it: it is the state.</summary>
        Load,

        /// <summary>It repeats what was replayed.</summary>
        Pass,
    }

    /// <summary>How many transactions have ended so far: says which history a checkpoint lies behind.</summary>
    public long Ends => _s.History.Ends;

    /// <summary>Whether this type of record begins a checkpoint.</summary>
    public static bool BeginsCheckpoint(byte type) => type == (byte)RecordType.CheckpointStarted;

    /// <summary>Whether this type of record ends one, and makes it whole.</summary>
    public static bool EndsCheckpoint(byte type) => type == (byte)RecordType.CheckpointEnded;

    /// <exception cref="RecordFormatException">A record of another version.</exception>
    /// <exception cref="ImpossibleLogException">A record that contradicts the ones before it; the message names both.</exception>
    public void Apply(byte type, ReadOnlySpan<byte> payload) => Apply(RecordCodec.Read(type, payload));

    internal void Apply(CoordinatorRecord record)
    {
        if (IsBeforeTheBegin(record))
        {
            return;
        }

        if (record.At > LatestTime)
        {
            throw new ImpossibleLogException($"{record.GetType().Name} is of {record.At}, which no clock has shown yet");
        }

        _s.Clock.Replay(record.At, isAnchor: !_any || record is EpochStarted or ClockStepped);
        _any = true;
        if (!TakenByCheckpoint(record))
        {
            ApplyToState(record);
        }

        Finishing.Forget(_s);
    }

    private void RequireWhole()
    {
        if (!_any && _middle is not null)
        {
            throw new ImpossibleLogException($"the log begins with {_middle}, not with its first epoch or a checkpoint, and holds no whole checkpoint: older segments are missing");
        }

        if (_checkpoint == CheckpointReading.Load)
        {
            throw new ImpossibleLogException("the log begins with a checkpoint that is not whole: older segments are missing");
        }

        if (_s.Epochs.All.Count > 0 && _s.Epochs.Current.Number >= LatestEpoch)
        {
            throw new ImpossibleLogException($"epoch {_s.Epochs.Current.Number} is the last in the log: nothing starts so often");
        }

        var last = Timestamp.Zero;
        foreach (var id in _order)
        {
            if (!_live.TryGetValue(id, out var replayed))
            {
                continue;
            }

            var createdAt = replayed.Transaction.CreatedAt;
            last = createdAt >= last ? createdAt : throw new ImpossibleLogException($"{id} was created at {createdAt}, before one that began before it");
        }
    }

    /// <summary>
    /// Opens a new epoch and acts on what the log shows. The effects begin with the epoch's record, forced. To be called before the log is
    /// written to: one that is refused is left as it is.
    /// </summary>
    /// <param name="nonceCandidates">Random numbers; the first that no epoch has used becomes the nonce.</param>
    /// <param name="restored">The log is a copy from earlier (see I10): nothing is presumed or decided of what began before.</param>
    /// <exception cref="ImpossibleLogException">The log ends in something that no run leaves.</exception>
    public Coordinator Finish(Now now, IEnumerable<ulong> nonceCandidates, bool restored, List<Effect> effects)
    {
        RequireWhole();
        _s.Clock.Start(now);
        _s.BeginStep(now, effects);
        _s.DurableTime = _s.Clock.Time;
        var number = _s.Epochs.All.Count == 0 ? 1 : _s.Epochs.Current.Number + 1;
        var nonce = nonceCandidates.Select(candidate => candidate & TransactionId.MaxNonce).First(candidate => !_s.Epochs.KnowsNonce(candidate));
        AddEpoch(_s.Clock.Time, number, nonce, restored);
        _s.EpochRecord = _s.AppendForced(new EpochStarted(_s.Clock.Time, number, nonce, restored), transaction: null);
        try
        {
            _sagas.Track(_s, id => _live.GetValueOrDefault(id)?.Transaction);
            foreach (var id in _order)
            {
                // Taken out: an id that stands in the order twice is resumed once.
                if (_live.Remove(id, out var replayed))
                {
                    Resuming.Resume(_s, replayed);
                }
            }

            _sagas.Resume(_s);
        }
        catch (ProtocolViolationException e)
        {
            // All that there is comes from the log.
            throw new ImpossibleLogException($"the log leads to what no run leaves: {e.Message}", e);
        }

        return new Coordinator(_s);
    }

    /// <summary>
    /// Segments are removed one by one, oldest first, once a checkpoint behind them is durable and all of their history is old enough to
    /// go; a kill in between leaves the younger ones of them. A checkpoint that another crash cut short ends with an epoch and is none.
    /// </summary>
    private bool IsBeforeTheBegin(CoordinatorRecord record)
    {
        if (_checkpoint == CheckpointReading.Load && record is EpochStarted)
        {
            // A checkpoint begins a segment, so a cut one may be the very first that is left.
            _middle ??= "a checkpoint that was cut short";
            _s = _empty();
            _live.Clear();
            _order.Clear();
            _sagas = new SagaReplay();
            _any = false;
            _checkpoint = CheckpointReading.None;
        }

        if (_any || record is CheckpointStarted || (_middle is null && record is EpochStarted { Number: 1 }))
        {
            return false;
        }

        _middle ??= record.GetType().Name;
        return true;
    }

    private void ApplyToState(CoordinatorRecord record)
    {
        switch (record)
        {
            case EpochStarted r:
                AddEpoch(r.At, r.Number, r.Nonce, r.Restored);
                break;
            case ParticipantPut r:
                Registering.Put(_s.Participants, r.Name, r.Url, r.Flags);
                break;
            case ParticipantRemoved r:
                _s.Participants.Remove(_s.Participants.Find(r.Name) ?? throw new ImpossibleLogException($"participant '{r.Name}' is removed and was never put"));
                break;
            case Begun r:
                Add(Begin(r));
                break;
            case Enlisted r:
                AddBranch(Find(r.Id, record).Transaction, r.Branch);
                break;
            case Locked r:
                RestoreLocks(Find(r.Id, record).Transaction, r.Locks.Select(held => (held, r.At)));
                break;
            case TokensReserved r:
                _s.Tokens.Replay(r.UpTo);
                break;
            case OnePhaseStarted r:
                Find(r.Id, record).Apply(r);
                break;
            case Decided r:
                Find(r.Id, record).Apply(r);
                RefuseIfImpossible(r.Id, record);
                break;
            case BranchSettled r:
                Find(r.Id, record).Apply(r);
                break;
            case Ended r:
                Find(r.Id, record).Apply(r);
                RefuseIfImpossible(r.Id, record);
                End(_live[r.Id].Transaction);
                break;
            case SagaRecord r:
                OfSaga(r);
                break;
            case UnknownSettled r when _live.ContainsKey(r.Id):
                // Of one that the copy knew in part: the decision behind it says the same. Without one, nobody has heard of it.
                break;
            case UnknownSettled r:
                Finishing.AddToHistory(_s, Finishing.FromSettlement(r), keepForEver: true, decisionRecord: 0);
                break;
        }
    }

    /// <summary>Loads a checkpoint that the log begins with; passes over a later one. An epoch ends one that a crash cut short.</summary>
    private bool TakenByCheckpoint(CoordinatorRecord record)
    {
        switch (record)
        {
            case CheckpointStarted r:
                _checkpoint = _s.Epochs.All.Count == 0 ? CheckpointReading.Load : CheckpointReading.Pass;
                _snapshots = r.Transactions;
                return true;
            case EpochKnown r:
                KnowEpoch(r);
                return true;
            case TransactionSnapshot r:
                _snapshots--;
                Snapshot(r);
                return true;
            case SagaRemembered r when _checkpoint == CheckpointReading.Load:
                OfSaga(r.Record);
                return true;
            case SagaRemembered r:
                RequireKnown(_sagas.Knows(_s, r.Record.Id), r.Record.Id);
                return true;
            case CheckpointEnded:
                if (_snapshots != 0)
                {
                    throw new ImpossibleLogException($"a checkpoint ends {_snapshots} snapshots off");
                }

                _checkpoint = CheckpointReading.None;
                return true;
            case ParticipantPut when _checkpoint == CheckpointReading.Pass:
                return true;
            case EpochStarted when _checkpoint == CheckpointReading.Pass:
                _checkpoint = CheckpointReading.None;
                return false;
            default:
                return false;
        }
    }

    private void KnowEpoch(EpochKnown record)
    {
        if (_checkpoint == CheckpointReading.Load)
        {
            _s.Epochs.Add(new Epoch(record.Number, record.Nonce) { IsUncertain = record.Restored, ForgottenUpTo = record.ForgottenUpTo });
            return;
        }

        // What it says of the forgotten is for a log that begins with it: this one holds more.
        if (!_s.Epochs.KnowsNonce(record.Nonce))
        {
            throw new ImpossibleLogException($"a checkpoint knows epoch {record.Number}, which never began");
        }
    }

    private void Snapshot(TransactionSnapshot record)
    {
        var transaction = TransactionImage.Read(record.Image.Span, _s.Participants);
        if (_checkpoint == CheckpointReading.Load)
        {
            Load(transaction);
            return;
        }

        RequireKnown(_live.ContainsKey(transaction.Id) || _s.Find(transaction.Id) is not null, transaction.Id);
    }

    private static void RequireKnown(bool known, TransactionId id)
    {
        if (!known)
        {
            throw new ImpossibleLogException($"a checkpoint holds {id}, which never began");
        }
    }

    private void Load(Transaction transaction)
    {
        if (transaction.IsEnded)
        {
            _s.Epochs.Replayed(transaction.Id);
            Finishing.AddToHistory(_s, transaction, keepForEver: true, decisionRecord: 0);
            if (transaction.Header.Key is { } key)
            {
                _s.Keys.Replay(key, transaction.Id);
            }

            return;
        }

        foreach (var branch in transaction.Branches)
        {
            branch.Participant.Unfinished++;
        }

        Add(ReplayedTransaction.FromImage(transaction));
        RestoreLocks(transaction, transaction.LocksOfImage ?? []);
        transaction.LocksOfImage = null;
    }

    /// <summary>I17: what a transaction held it holds, until it has ended.</summary>
    private void RestoreLocks(Transaction transaction, IEnumerable<(HeldLock Held, Timestamp Since)> locks)
    {
        if (Locks.Restore(_s, transaction, locks) is { } taken)
        {
            throw new ImpossibleLogException($"{transaction.Id} locks '{taken}', which another holds");
        }
    }

    private void Add(ReplayedTransaction replayed)
    {
        if (_s.Find(replayed.Transaction.Id) is not null || _sagas.Knows(_s, replayed.Transaction.Id) || !_live.TryAdd(replayed.Transaction.Id, replayed))
        {
            throw new ImpossibleLogException($"{replayed.Transaction.Id} begins twice");
        }

        _order.Add(replayed.Transaction.Id);
        _s.Epochs.Replayed(replayed.Transaction.Id);
        if (replayed.Transaction.Header.Key is { } key)
        {
            _s.Keys.Replay(key, replayed.Transaction.Id);
        }
    }

    /// <summary>Transactions and sagas have their ids from one row.</summary>
    private void OfSaga(SagaRecord record)
    {
        if (record is SagaBegun && (_live.ContainsKey(record.Id) || _s.Find(record.Id) is not null))
        {
            throw new ImpossibleLogException($"{record.Id} begins twice: as a transaction, and as a saga");
        }

        _sagas.Apply(_s, record);
    }

    private ReplayedTransaction Begin(Begun record)
    {
        if (_s.Epochs.Classify(record.Id, out _) is IdKind.Foreign or IdKind.OfUnknownEpoch)
        {
            throw new ImpossibleLogException($"{record.Id} begins in an epoch that the log does not know");
        }

        var transaction = new Transaction(record.Id, record.At, record.Header);
        if (!record.Header.Opened)
        {
            transaction.Restore(TransactionState.Preparing, outcome: null, reason: null);
            transaction.CommitRequested = true;
            transaction.Times[(int)TransactionState.Preparing] = record.At;
        }

        foreach (var branch in record.Branches)
        {
            AddBranch(transaction, branch);
        }

        return new ReplayedTransaction(transaction);
    }

    private void AddBranch(Transaction transaction, BranchHeader header)
    {
        var participant = _s.Participants.Find(header.Participant)
            ?? throw new ImpossibleLogException($"{transaction.Id} has a branch of '{header.Participant}', which is not registered");
        Beginning.AddBranch(transaction, header, participant);
    }

    private void End(Transaction transaction)
    {
        _live.Remove(transaction.Id);
        Locks.Release(_s, transaction.Locks);
        transaction.Locks = null;
        foreach (var branch in transaction.Branches)
        {
            branch.Participant.Unfinished--;
        }

        Finishing.AddToHistory(_s, transaction, transaction.Branches.Exists(b => b.Settlement is not null), decisionRecord: 0);
    }

    private ReplayedTransaction Find(TransactionId id, CoordinatorRecord record) =>
        _live.GetValueOrDefault(id) ?? throw new ImpossibleLogException($"{record.GetType().Name} of {id} at {record.At}: the transaction never began, or has ended");

    private void RefuseIfImpossible(TransactionId id, CoordinatorRecord record)
    {
        var facts = _live[id].Facts;
        if (RecoveryTable.Decide(facts) == RecoveryAction.Impossible)
        {
            throw new ImpossibleLogException($"{record.GetType().Name} of {id} at {record.At} contradicts the records before it: {facts}");
        }
    }

    private void AddEpoch(Timestamp at, long number, ulong nonce, bool restored)
    {
        if (restored)
        {
            foreach (var earlier in _s.Epochs.All)
            {
                earlier.IsUncertain = true;
            }

            _sagas.Suspend();
            _s.Tokens.Leap(at);
        }

        if (_s.Epochs.KnowsNonce(nonce) || (_s.Epochs.All.Count > 0 && number <= _s.Epochs.Current.Number))
        {
            throw new ImpossibleLogException($"epoch {number} begins after epoch {_s.Epochs.Current.Number}, or has its nonce");
        }

        _s.Epochs.Add(new Epoch(number, nonce));
    }
}
