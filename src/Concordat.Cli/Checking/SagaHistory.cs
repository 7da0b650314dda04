using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Cli.Checking;

/// <summary>
/// What became of sagas, as the records of a coordinator's log follow one another. Its own model, as everything here: steps are flags, and what may follow is looked for
/// in them each time. Nothing is concluded beyond a gap.
/// </summary>
internal sealed class SagaHistory(Findings findings, Func<TransactionId, TransactionFacts?> transaction)
{
    private readonly Dictionary<TransactionId, SagaFacts> _sagas = [];
    private bool _isLoading;

    internal bool Any => _sagas.Count > 0;

    /// <param name="outcome">Null: not ended.</param>
    internal long Count(SagaOutcome? outcome) => _sagas.Values.LongCount(saga => outcome == (!saga.IsEnded ? null : saga.IsTurned ? SagaOutcome.Compensated : SagaOutcome.Completed));

    /// <param name="isFirst">The log begins with it.</param>
    internal void BeginCheckpoint(bool isFirst)
    {
        _isLoading = isFirst;
        foreach (var saga in _sagas.Values)
        {
            saga.Remembered = 0;
        }
    }

    internal void Remember(SagaRemembered record, bool isUncertain, RecordReference here)
    {
        if (_isLoading)
        {
            Take(record.Record, isUncertain, here);
        }
        else if (!_sagas.TryGetValue(record.Record.Id, out var saga))
        {
            findings.Add(ViolationKind.NeverBegun, new Place(record.Record.Id), "a checkpoint holds a saga that never began", here);
        }
        else
        {
            saga.Remembered += record.Record is SagaResumed ? 0 : 1;
        }
    }

    internal void EndCheckpoint(RecordReference here)
    {
        if (!_isLoading)
        {
            foreach (var (id, saga) in _sagas)
            {
                if (!saga.IsEnded && saga.Remembered != saga.Records)
                {
                    findings.Add(ViolationKind.SagaNotRemembered, new Place(id), $"it has {saga.Records} records, and a checkpoint repeats {saga.Remembered} of them", saga.Begin, here);
                }
            }
        }

        _isLoading = false;
    }

    /// <summary>The log is a copy from earlier.</summary>
    internal void Suspend()
    {
        foreach (var saga in _sagas.Values)
        {
            saga.IsSuspended = true;
        }
    }

    /// <param name="isUncertain">Its epoch is one of those before a copy was restored.</param>
    internal void Take(SagaRecord record, bool isUncertain, RecordReference here)
    {
        if (record is SagaBegun begun)
        {
            Begin(begun, isUncertain, here);
        }
        else if (!_sagas.TryGetValue(record.Id, out var saga))
        {
            findings.Add(ViolationKind.NeverBegun, new Place(record.Id), $"{record.GetType().Name} of a saga that never began", here);
        }
        else if (saga.IsEnded)
        {
            findings.Add(record is SagaEnded ? ViolationKind.EndedTwice : ViolationKind.AfterTheEnd, new Place(record.Id), $"{record.GetType().Name} after the saga's end", saga.Begin, here);
        }
        else
        {
            saga.Records += record is SagaResumed || IsAnotherAttempt(saga, record) ? 0 : 1;
            Take(saga, record, here);
        }
    }

    /// <summary>Of attempts at a step that is a transaction a checkpoint repeats the last.</summary>
    private static bool IsAnotherAttempt(SagaFacts saga, SagaRecord record) =>
        record is StepStarted started && started.Step < saga.Steps.Length
        && (started.Phase == StepPhase.Action ? saga.Steps[started.Step].HasStarted : saga.Steps[started.Step].UndoTransaction is not null);

    private void Begin(SagaBegun record, bool isUncertain, RecordReference here)
    {
        var saga = new SagaFacts(record, here) { Records = 1, IsLoaded = _isLoading, IsSuspended = isUncertain };
        if (transaction(record.Id) is not null || !_sagas.TryAdd(record.Id, saga))
        {
            findings.Add(ViolationKind.BegunTwice, new Place(record.Id), "the same id begins twice", here);
        }
    }

    private void Take(SagaFacts saga, SagaRecord record, RecordReference here)
    {
        void Report(ViolationKind kind, string what) => findings.Add(kind, new Place(record.Id), what, saga.Begin, here);

        var index = record switch { StepStarted r => r.Step, StepEnded r => r.Step, StepUndone r => r.Step, _ => 0 };
        if (index >= saga.Steps.Length && record is StepStarted or StepEnded or StepUndone)
        {
            Report(ViolationKind.StepOutOfOrder, $"it has {saga.Steps.Length} steps, and this is of number {index + 1}");
            return;
        }

        switch (record)
        {
            case StepStarted { Phase: StepPhase.Action } r:
                Start(saga, saga.Steps[index], r, Report);
                break;
            case StepStarted r:
                StartUndoing(saga, index, r, Report);
                break;
            case StepEnded r:
                End(saga, saga.Steps[index], r, Report);
                break;
            case StepUndone r:
                Undo(saga, index, r, Report);
                break;
            case SagaTurned:
                if (saga.IsTurned || saga.Steps.All(step => step.End == StepEnd.Done))
                {
                    Report(ViolationKind.StepOutOfOrder, saga.IsTurned ? "it turns twice" : "it turns after all its steps are done");
                }

                saga.IsTurned = true;
                break;
            case SagaResumed:
                saga.IsSuspended = false;
                break;
            case SagaEnded:
                End(saga, Report);
                break;
        }
    }

    private void Start(SagaFacts saga, StepFacts step, StepStarted record, Action<ViolationKind, string> report)
    {
        // Of a transaction there is one for each attempt.
        var isRepetition = step.Runs && record.Transaction is not null;
        var why = saga.IsTurned ? "after the saga has turned"
            // What a checkpoint repeats happened before, or a word that it goes on stands behind the begin.
            : saga.IsSuspended && !_isLoading ? "in a copy of the log, before anybody said that the saga goes on here"
            : step.HasStarted && !isRepetition ? "twice"
            : !step.After.All(saga.IsDone) ? "before those that it follows are done"
            : null;
        if (why is not null)
        {
            report(ViolationKind.StepOutOfOrder, $"step '{step.Name}' starts {why}");
        }
        else if (isRepetition && step.Transaction is { } before && OutcomeOf(saga, before) == Outcome.Committed)
        {
            report(ViolationKind.StepNotAsDecided, $"step '{step.Name}' is tried again, and {before} has committed");
        }

        step.HasStarted = true;
        step.Transaction = record.Transaction;
    }

    private void StartUndoing(SagaFacts saga, int index, StepStarted record, Action<ViolationKind, string> report)
    {
        var step = saga.Steps[index];
        if (WhyNotUndone(saga, index) is { } why)
        {
            report(ViolationKind.UndoneOutOfOrder, $"the compensation of step '{step.Name}' starts, and {why}");
        }
        else if (step.UndoTransaction is { } before && OutcomeOf(saga, before) == Outcome.Committed)
        {
            report(ViolationKind.StepNotAsDecided, $"the compensation of step '{step.Name}' is tried again, and {before} has committed");
        }

        step.UndoTransaction = record.Transaction;
    }

    private void End(SagaFacts saga, StepFacts step, StepEnded record, Action<ViolationKind, string> report)
    {
        if (!step.Runs)
        {
            report(ViolationKind.StepOutOfOrder, $"step '{step.Name}' ends {(step.HasStarted ? "twice" : "before it starts")}");
        }
        else if (step.Transaction is { } transacted && OutcomeOf(saga, transacted) is { } outcome && (outcome == Outcome.Committed) != (record.End == StepEnd.Done))
        {
            report(ViolationKind.StepNotAsDecided, $"step '{step.Name}' is {record.End.ToString().ToLowerInvariant()}, and {transacted} {(outcome == Outcome.Committed ? "has" : "has not")} committed");
        }

        step.End = record.End;
        step.MayHaveHappened = record.MayHaveHappened || record.End == StepEnd.Done;
        saga.IsTurned |= record.End != StepEnd.Done;
    }

    private void Undo(SagaFacts saga, int index, StepUndone record, Action<ViolationKind, string> report)
    {
        var step = saga.Steps[index];
        if (WhyNotUndone(saga, index) is { } why)
        {
            report(ViolationKind.UndoneOutOfOrder, $"step '{step.Name}' is undone, and {why}");
        }
        else if (record.Who is null && step.UndoTransaction is { } transacted && OutcomeOf(saga, transacted) == Outcome.Aborted)
        {
            report(ViolationKind.StepNotAsDecided, $"step '{step.Name}' is undone, and {transacted} has not committed");
        }

        step.IsUndone = true;
    }

    private static string? WhyNotUndone(SagaFacts saga, int index)
    {
        var step = saga.Steps[index];
        return !saga.IsTurned ? "the saga has not turned"
            : step.Runs || !step.HasStarted ? "it has not ended"
            : step.IsUndone ? "it was undone before"
            : !step.MayHaveHappened ? "it did certainly nothing"
            : saga.Behind(index).FirstOrDefault(later => later.Runs || later.WantsUndoing) is { } later ? $"step '{later.Name}', which follows it, is not"
            : null;
    }

    private static void End(SagaFacts saga, Action<ViolationKind, string> report)
    {
        if (saga.Steps.FirstOrDefault(step => saga.IsTurned ? step.Runs || step.WantsUndoing : step.End != StepEnd.Done) is { } open)
        {
            report(ViolationKind.SagaEndedEarly, $"it ends, and step '{open.Name}' is not {(saga.IsTurned ? "undone" : "done")}");
        }

        saga.IsEnded = true;
    }

    /// <summary>What is not decided is presumed aborted. Null where the log need not know it any more.</summary>
    private Outcome? OutcomeOf(SagaFacts saga, TransactionId id) => transaction(id) is { } facts ? facts.Outcome ?? Outcome.Aborted : saga.IsLoaded ? null : Outcome.Aborted;
}
