using Concordat.Core.Locking;
using Concordat.Core.Participants;
using Concordat.Core.Recovery;
using Concordat.Core.Resources;
using Concordat.Core.Sagas;
using Concordat.Core.Transactions;

namespace Concordat.Core;

/// <summary>
/// The coordinator: the state machine that collects votes and decides. Pure: every method takes the time, appends effects to
/// the list it is given and returns; the ordering contract of the effects stands on <see cref="Effect"/>. One caller at a time.
/// It begins with <see cref="CoordinatorReplay"/>.
/// </summary>
public sealed class Coordinator
{
    private readonly CoordinatorState _s;

    internal Coordinator(CoordinatorState state) => _s = state;

    /// <summary>When <see cref="Tick"/> is wanted next, on the monotonic clock; null where nothing waits for time.</summary>
    public TimeSpan? NextDue => _s.Timers.NextDue;

    /// <summary>Number of the last record that was appended.</summary>
    public long AppendedRecords => _s.AppendedRecords;

    /// <summary>The number of this epoch.</summary>
    public long EpochNumber => _s.Epochs.Current.Number;

    /// <summary>Bytes that can certainly be appended to the log, beyond what its checkpoint needs. Set before a step; appends lower it.</summary>
    public long RoomBytes
    {
        get => _s.RoomBytes;
        set => _s.RoomBytes = value;
    }

    /// <summary>Whether an ordinary transaction would be accepted.</summary>
    public bool HasRoom => Room.FitsTransaction(_s);

    /// <summary>What of the room is promised to the decisions and ends of live transactions.</summary>
    public long ReservedBytes => _s.ReservedBytes;

    /// <summary>How many transactions have ended, and how many of the first of them are forgotten: what tells which part of the log is history.</summary>
    public (long Ends, long OldestKept) History => (_s.History.Ends, _s.History.OldestEnd);

    public CoordinatorCounts Counts => new(_s);

    public void Step(Input input, Now now, List<Effect> effects)
    {
        _s.BeginStep(now, effects);
        switch (input)
        {
            case CallEnded i:
                OnCallEnded(i);
                break;
            case BeginInput i:
                Beginning.Begin(_s, i);
                break;
            case EnlistInput i:
                Enlisting.Enlist(_s, i);
                break;
            case CommitInput i:
                Requesting.Commit(_s, i);
                break;
            case RollbackInput i:
                Requesting.Rollback(_s, i);
                break;
            case GetInput i:
                Requesting.Get(_s, i);
                break;
            case ListInput i:
                Listing.List(_s, i);
                break;
            case InquiryInput i:
                Inquiring.Inquire(_s, i);
                break;
            case LockInput i:
                Locks.Lock(_s, i);
                break;
            case ListLocksInput i:
                LockListing.List(_s, i);
                break;
            case ResolveInput i:
                Settling.Resolve(_s, i);
                break;
            case PutParticipantInput i:
                Registering.Put(_s, i);
                break;
            case PutResourceInput i:
                Registering.PutResource(_s, i);
                break;
            case BeginSweepInput i:
                Sweeping.Begin(_s, i);
                break;
            case EndSweepInput i:
                Sweeping.End(_s, i);
                break;
            case LookInput i:
                Looking.Look(_s, i);
                break;
            case EndedInput i:
                Forgetting.Answer(_s, i);
                break;
            case ReportInput i:
                Reporting.Report(_s, i);
                break;
            case RemoveParticipantInput i:
                Registering.Remove(_s, i);
                break;
            case GetParticipantInput i:
                Registering.Get(_s, i);
                break;
            case BeginSagaInput i:
                SagaBeginning.Begin(_s, i);
                break;
            case GetSagaInput i:
                SagaRequests.Get(_s, i);
                break;
            case ListSagasInput i:
                SagaListing.List(_s, i);
                break;
            case CancelSagaInput i:
                SagaRequests.Cancel(_s, i);
                break;
            case ResumeSagaInput i:
                SagaRequests.Resume(_s, i);
                break;
            case RetryStepInput i:
                SagaRequests.Retry(_s, i);
                break;
            case ResolveStepInput i:
                SagaRequests.Resolve(_s, i);
                break;
            default:
                throw new ProtocolViolationException($"{input.GetType().Name} is no input");
        }
    }

    /// <summary>Fires what is due.</summary>
    public void Tick(Now now, List<Effect> effects)
    {
        _s.BeginStep(now, effects);
        Finishing.Forget(_s);
        while (_s.Timers.TakeDue(now.Monotonic) is { } due)
        {
            switch (due)
            {
                case DeadlineTimer deadline:
                    Preparing.OnDeadline(_s, deadline.Transaction);
                    break;
                case Delivered sender:
                    Delivery.Send(_s, sender);
                    break;
                case TransactedStep step:
                    StepTransactions.Begin(_s, step);
                    break;
                case Saga saga:
                    SagaDriving.OnDeadline(_s, saga);
                    break;
                case SagaWaiter waiter:
                    SagaWaiting.TimedOut(_s, waiter);
                    break;
                case Participant participant:
                    Delivery.ProbeDue(_s, participant);
                    break;
                case LockRequest request:
                    Locks.TimedOut(_s, request);
                    break;
                case Waiter waiter:
                    Waiting.TimedOut(_s, waiter);
                    break;
            }
        }
    }

    /// <summary>Every record up to this number is durable. Call it before the effects that wait for them are released.</summary>
    public void Durable(long upTo, Now now, List<Effect> effects)
    {
        _s.BeginStep(now, effects);
        while (_s.TakeDurable(upTo) is { } record)
        {
            switch (record.Meaning)
            {
                case RecordMeaning.Decision:
                    Completing.OnDecisionDurable(_s, record.Transaction!);
                    break;
                case RecordMeaning.End:
                    _s.Open.Remove(record.Transaction!);
                    break;
            }
        }
    }

    /// <summary>Appends a checkpoint, forced. The caller begins a new segment of the log first.</summary>
    public void Checkpoint(Now now, List<Effect> effects)
    {

        // Nothing may stand before the checkpoint's first record: a log may come to begin there.
        _s.BeginStepAtLastTime(now, effects);
        Checkpointing.Write(_s);
    }

    /// <summary>Whether an id is that of a saga which is known.</summary>
    public bool IsSaga(TransactionId id) => _s.FindSaga(id) is not null;

    public TransactionDocument DocumentOf(Transaction transaction) => TransactionDocuments.Of(_s, transaction);

    public BranchDocument DocumentOf(Transaction transaction, int branch) => TransactionDocuments.Of(_s, transaction.Branches[branch]);

    private void OnCallEnded(CallEnded ended)
    {
        if (_s.FindSaga(ended.Key.Transaction) is Saga saga)
        {
            StepAnswers.OnCallEnded(_s, saga, ended);
            return;
        }

        if (_s.Find(ended.Key.Transaction) is not Transaction transaction)
        {
            // It has ended: the answer is late, or a repetition, and changes nothing (I13).
            return;
        }

        var branch = transaction.Branches[ended.Key.Branch];
        if (!Delivery.Ended(_s, branch, ended.Key.Attempt, ended.Result))
        {
            if (ended.Result is Voted late)
            {
                Preparing.OnLateVote(_s, branch, late);
            }

            return;
        }

        if (branch.State == BranchState.Preparing)
        {
            Preparing.OnAnswer(_s, branch, ended.Result);
        }
        else
        {
            Completing.OnAnswer(_s, branch, ended.Result);
        }

        Delivery.Pump(_s, branch.Participant);
    }
}

/// <summary>Numbers for people and metrics, as of the last step.</summary>
public readonly struct CoordinatorCounts
{
    private readonly CoordinatorState _s;

    internal CoordinatorCounts(CoordinatorState state) => _s = state;

    public int Undecided => _s.Undecided;
    public int Hazards => _s.Hazards;
    public int History => _s.History.Count;
    public int IdempotencyKeys => _s.Keys.Count;
    public int Participants => _s.Participants.Count;
    public int LocksHeld => _s.Locks.HeldCount;
    public int LocksWaiting => _s.Locks.WaitingCount;

    /// <summary>What the locks that are held take in a checkpoint.</summary>
    public long LockBytes => _s.Locks.HeldBytes;

    /// <summary>Decided branches that services have not acknowledged. (What is awaited of resources others must report.)</summary>
    public int AwaitedOfServices
    {
        get
        {
            var awaited = 0;
            foreach (var participant in _s.Participants.All)
            {
                awaited += participant.Flags.IsResource ? 0 : participant.Backlog;
            }

            return awaited;
        }
    }

    /// <summary>Transactions being prepared that wait for a vote or a word from a resource: a client or a sweep goes on with them.</summary>
    public int PreparingOfOthers
    {
        get
        {
            var transactions = new HashSet<TransactionId>();
            foreach (var participant in _s.Participants.All)
            {
                for (var at = participant.Flags.IsResource ? participant.Prepares.First : null; at is Branch branch; at = at.QueueNext)
                {
                    transactions.Add(branch.Transaction.Id);
                }
            }

            return transactions.Count;
        }
    }

    /// <summary>Transactions whose end is not durable.</summary>
    public int Open => _s.Open.Count;

    /// <summary>Of the oldest transaction that has not ended, durably.</summary>
    public TimeSpan OldestAge => _s.Open.Oldest is { } oldest ? _s.Clock.Time - oldest.CreatedAt : TimeSpan.Zero;

    /// <summary>What the sagas that have not ended take in a checkpoint.</summary>
    public long SagaBytes => _s.Sagas.CheckpointBytes;

    public int SagasInState(SagaState state) => _s.Sagas.InState(state);

    public int InState(TransactionState state) => _s.CountByState[(int)state];
}
