using Concordat.Core.Records;

namespace Concordat.Core.Sagas;

/// <summary>
/// A saga: what its records say, one after the other. The same <see cref="Apply"/> takes them in when they are made, after a restart, and when one that has ended is
/// shown. Also the timer of its deadline.
/// <code>
///            a step is refused or fails, the deadline, a cancel
///  running ────────────────────────────────────────────────────▶ compensating ◀──▶ stuck
///     │ all steps are done                                             │ nothing is left to be undone
///     ▼                                                                ▼
///  completed                                                      compensated
/// </code>
/// </summary>
internal sealed class Saga : TimerNode
{
    private readonly List<SagaRecord> _records = [];

    internal Saga(SagaBegun begun, SagaDefinition definition)
    {
        Begun = begun;
        Graph = definition.Graph;
        Progress = new SagaProgress(definition.Graph);
        Steps = new SagaStep[begun.Spec.Steps.Count];
        for (var i = 0; i < Steps.Length; i++)
        {
            Steps[i] = new SagaStep(this, i, begun.Spec.Steps[i]);
        }

        _records.Add(begun);
    }

    internal TransactionId Id => Begun.Id;

    internal SagaBegun Begun { get; }

    internal SagaGraph Graph { get; }

    internal SagaProgress Progress { get; }

    internal SagaStep[] Steps { get; }

    /// <summary>What a checkpoint repeats, history keeps, and a document tells.</summary>
    internal IReadOnlyList<SagaRecord> Records => _records;

    /// <summary>Why it turned; null while it has not.</summary>
    internal SagaReason? Reason { get; private set; }

    internal Timestamp? EndedAt { get; private set; }

    /// <summary>Of a restored copy: the original may have gone on. Nothing is done before a person says so.</summary>
    internal bool IsSuspended { get; private set; }

    /// <summary>Its last record; 0 where it was replayed.</summary>
    internal long LastRecord;

    /// <summary>What its records take in a checkpoint.</summary>
    internal long CheckpointBytes;

    /// <summary>How many of its compensations have failed as often as their steps have attempts.</summary>
    internal int StuckSteps;

    /// <summary>What is kept free in the log for its records, in bytes.</summary>
    internal int ReservedBytes;

    /// <summary>The state that it is counted in.</summary>
    internal SagaState? CountedAs;

    internal List<SagaWaiter>? Waiters;

    /// <summary>Steps that may have something to do, since something happened.</summary>
    internal Queue<int> ToLookAt { get; } = new();

    internal bool IsBeingLookedAt;

    internal bool IsOver => Progress.IsCompleted || Progress.IsUndone;

    internal SagaState State =>
        EndedAt is not null ? (Progress.IsTurned ? SagaState.Compensated : SagaState.Completed)
        : IsSuspended || StuckSteps > 0 ? SagaState.Stuck
        : Progress.IsTurned ? SagaState.Compensating
        : SagaState.Running;

    internal SagaStep? Find(string step)
    {
        foreach (var candidate in Steps)
        {
            if (string.Equals(candidate.Spec.Name, step, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <returns>The record that this one replaces: of attempts at a step that is a transaction only the last matters, and there may be very many.</returns>
    /// <exception cref="ProtocolViolationException">It does not follow from what came before.</exception>
    internal SagaRecord? Apply(SagaRecord record)
    {
        ProtocolViolationException.ThrowUnless(EndedAt is null, $"{record.GetType().Name} of {Id}, which has ended");
        switch (record)
        {
            case StepStarted r:
                Start(r, StepAt(r.Step));
                break;
            case StepEnded r:
                End(r, StepAt(r.Step));
                break;
            case SagaTurned r:
                Progress.Turn();
                Reason = new SagaReason(r.Code, null, null, r.Message);
                break;
            case StepUndone r:
                Progress.Undone(StepAt(r.Step).Index);
                Steps[r.Step].Undone = r;
                break;
            case SagaResumed:
                IsSuspended = false;
                break;
            case SagaEnded r:
                ProtocolViolationException.ThrowUnless(IsOver, $"{Id} ends before its steps do");
                EndedAt = r.At;
                break;
            default:
                throw new ProtocolViolationException($"{record.GetType().Name} of {Id}, which has begun");
        }

        var replaced = record is StepStarted started ? TakeEarlierStart(started) : null;
        _records.Add(record);
        return replaced;
    }

    private SagaRecord? TakeEarlierStart(StepStarted started)
    {
        var place = _records.FindLastIndex(earlier => earlier is StepStarted s && s.Step == started.Step && s.Phase == started.Phase);
        if (place < 0)
        {
            return null;
        }

        var replaced = _records[place];
        _records.RemoveAt(place);
        return replaced;
    }

    /// <summary>The log is a copy from earlier. What a person said of an earlier copy says nothing of this one.</summary>
    internal void Suspend()
    {
        IsSuspended = true;
        _records.RemoveAll(static record => record is SagaResumed);
    }

    private void Start(StepStarted record, SagaStep step)
    {
        var work = record.Phase == StepPhase.Action ? step.Spec.Action : step.Spec.Compensation;
        ProtocolViolationException.ThrowUnless(record.Transaction is null || work is StepTransaction, $"step '{step.Spec.Name}' of {Id} is no transaction, and has one: {record.Transaction}");
        if (record.Phase == StepPhase.Compensation)
        {
            ProtocolViolationException.ThrowUnless(Progress.MayUndo(step.Index), $"step '{step.Spec.Name}' of {Id} is undone, and is {Progress[step.Index]}");
            step.UndoTransaction = record.Transaction;
            return;
        }

        // Of a transaction there is one for each attempt.
        if (Progress[step.Index] != StepProgress.Running || record.Transaction is null)
        {
            Progress.Start(step.Index);
        }

        step.Transaction = record.Transaction;
    }

    private void End(StepEnded record, SagaStep step)
    {
        step.End = record;
        if (record.End == StepEnd.Done)
        {
            Progress.Done(step.Index);
            return;
        }

        if (record.MayHaveHappened)
        {
            Progress.Doubt(step.Index);
        }

        Reason ??= new SagaReason(
            record.End == StepEnd.Refused ? SagaReasonCode.Refused : SagaReasonCode.Failed, step.Spec.Name, (step.Spec.Action as StepCall)?.Participant, record.Message);
        Progress.End(step.Index);
    }

    private SagaStep StepAt(int index) =>
        index < Steps.Length ? Steps[index] : throw new ProtocolViolationException($"{Id} has no step at place {index}");
}

/// <summary>A caller who is answered when the saga has ended, or after a time.</summary>
internal sealed class SagaWaiter(Saga saga, Caller caller, Answered otherwise) : TimerNode
{
    internal Saga Saga { get; } = saga;
    internal Caller Caller { get; } = caller;

    /// <summary>How it is answered where the saga has not ended by then.</summary>
    internal Answered Otherwise { get; } = otherwise;
}
