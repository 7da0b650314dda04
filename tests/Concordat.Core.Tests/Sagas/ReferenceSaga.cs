using System.Text.Json.Nodes;
using Concordat.Core.Records;
using Concordat.Core.Sagas;

namespace Concordat.Core.Tests.Sagas;

/// <summary>
/// The rules of docs/sagas.md, read off what has happened, each time anew and without regard to speed. It is told what the coordinator records and what it is
/// answered, and says which records are due, which calls are, and what a caller must be shown. It knows nothing of the coordinator's inside.
/// </summary>
internal sealed class ReferenceSaga(IReadOnlyList<PlannedStep> steps)
{
    internal enum What
    {
        Started,
        Done,
        Refused,
        Failed,
        Turned,
        Undone,
        Ended,
    }

    /// <param name="InDoubt">Of a step that ended badly: it may have happened.</param>
    /// <param name="Phase">Of a start.</param>
    /// <param name="Code">Of a turn.</param>
    internal sealed record Fact(What What, int Step = -1, bool InDoubt = false, StepPhase Phase = StepPhase.Action, SagaReasonCode? Code = null, bool ByHand = false);

    private readonly List<(Fact Fact, int At)> _facts = [];

    /// <summary>Since the coordinator's start, from here on.</summary>
    private readonly HashSet<int> _inDoubt = [];
    private readonly Dictionary<(int Step, StepPhase Phase), int> _attempts = [], _failures = [];
    private readonly HashSet<(int Step, StepPhase Phase)> _pausing = [];
    private readonly Dictionary<int, CallResult> _results = [];
    private (int Step, StepPhase Phase, CallResult Result)? _answer;
    private Fact? _asked;

    internal TransactionSteps Transactions { get; } = new();

    internal IEnumerable<int> Steps => Enumerable.Range(0, steps.Count);

    internal IReadOnlyList<(Fact Fact, int At)> Facts => _facts;

    internal bool IsTurned => _facts.Exists(f => f.Fact.What is What.Turned or What.Refused or What.Failed);

    internal bool HasEnded => Has(What.Ended);

    internal bool Has(What what, int step = -1) => _facts.Exists(f => f.Fact.What == what && f.Fact.Step == step);

    internal bool HasBegun(int step) => _facts.Exists(f => f.Fact is { What: What.Started, Phase: StepPhase.Action } && f.Fact.Step == step);

    internal bool IsRunning(int step) => HasBegun(step) && !Has(What.Done, step) && !Has(What.Refused, step) && !Has(What.Failed, step);

    internal bool MustBeUndone(int step) => IsTurned && (Has(What.Done, step) || _facts.Exists(f => f.Fact.Step == step && f.Fact.InDoubt));

    internal bool IsUndoneByHand(int step) => _facts.Exists(f => f.Fact.Step == step && f.Fact.ByHand);

    internal bool IsPausing(int step, StepPhase phase) => _pausing.Contains((step, phase));

    internal bool MayStart(int step) => !IsTurned && !HasBegun(step) && steps[step].After.All(earlier => Has(What.Done, earlier));

    /// <summary>All that followed it, however indirectly, are compensated or need not be, and none of them runs.</summary>
    internal bool MayUndo(int step) =>
        MustBeUndone(step) && !Has(What.Undone, step)
        && Steps.Where(later => Follows(later, step)).All(later => !IsRunning(later) && (!MustBeUndone(later) || Has(What.Undone, later)));

    private bool IsOver => Steps.All(step => Has(What.Done, step)) && !IsTurned
        || IsTurned && !Steps.Any(IsRunning) && Steps.Where(MustBeUndone).All(step => Has(What.Undone, step));

    /// <summary>As it was when only the first records were there.</summary>
    internal ReferenceSaga AsOf(int records)
    {
        var before = new ReferenceSaga(steps);
        before._facts.AddRange(_facts.Where(f => f.At < records));
        return before;
    }

    /// <summary>A record of it. It must be due.</summary>
    internal void Take(SagaRecord record, int at, bool mayGoOn, TimeSpan? overdue)
    {
        var fact = FactOf(record);
        var due = Due(overdue).ToList();
        if (fact.What == What.Started && steps[fact.Step].WorkOf(fact.Phase) is PlannedWork.Transaction)
        {
            // Each attempt is recorded; one after the other, and none after one that has committed.
            var again = mayGoOn && (IsRunning(fact.Step) || MayUndo(fact.Step)) && !Transactions.HasCommitted(fact.Step, fact.Phase);
            Assert.True(again || due.Contains(fact), $"{fact} is recorded, and due are: {string.Join("; ", due)}");
            Transactions.Begin(fact.Step, fact.Phase, ((StepStarted)record).Transaction!.Value, at);
        }
        else
        {
            // When an attempt is given up is the transaction's matter; that none is left is the saga's.
            var givenUp = fact is { What: What.Failed, InDoubt: false } && steps[fact.Step].Action is PlannedWork.Transaction && IsRunning(fact.Step)
                && Transactions.AttemptsOf(fact.Step) >= steps[fact.Step].Attempts && !Transactions.HasCommitted(fact.Step, StepPhase.Action);
            Assert.True(givenUp || due.Contains(fact), $"{fact} is recorded, and due are: {string.Join("; ", due)}");
        }

        if (record is StepEnded { End: StepEnd.Done } && _answer is { Result: StepDone done })
        {
            _results[fact.Step] = done;
        }

        _facts.Add((fact, at));
        _asked = null;
        if (_answer?.Step == fact.Step)
        {
            _answer = null;
        }
    }

    /// <summary>What must be recorded now.</summary>
    /// <param name="overdue">How long its deadline is over, where that is looked at.</param>
    internal IEnumerable<Fact> Due(TimeSpan? overdue)
    {
        if (HasEnded)
        {
            yield break;
        }

        if (_asked is not null)
        {
            yield return _asked;
        }

        if (overdue >= TimeSpan.Zero && !IsTurned && !IsOver)
        {
            yield return new Fact(What.Turned, Code: SagaReasonCode.Timeout);
        }

        foreach (var step in Steps)
        {
            if (MayStart(step))
            {
                yield return new Fact(What.Started, step);
            }
            else if (IsRunning(step) && (steps[step].Action is PlannedWork.Transaction ? EndOfTransaction(step) : EndOfCall(step)) is { } end)
            {
                yield return end;
            }
            else if (MayUndo(step) && (steps[step].Undo is null || IsUndone(step)))
            {
                yield return new Fact(What.Undone, step);
            }
            else if (MayUndo(step) && steps[step].Undo is PlannedWork.Transaction && !Transactions.HasBegun(step, StepPhase.Compensation))
            {
                yield return new Fact(What.Started, step, Phase: StepPhase.Compensation);
            }
        }

        if (IsOver)
        {
            yield return new Fact(What.Ended);
        }
    }

    /// <summary>The calls that must be under way, where nothing waits for a free slot.</summary>
    internal IEnumerable<(int Step, StepPhase Phase)> Calls()
    {
        foreach (var step in Steps.Where(_ => !HasEnded))
        {
            if (IsRunning(step) && steps[step].Action is PlannedWork.Call && !IsPausing(step, StepPhase.Action))
            {
                yield return (step, StepPhase.Action);
            }
            else if (MayUndo(step) && steps[step].Undo is PlannedWork.Call && !IsObstructed(step) && !IsPausing(step, StepPhase.Compensation))
            {
                yield return (step, StepPhase.Compensation);
            }
        }
    }

    /// <summary>A compensation that cannot be called, because a result is missing.</summary>
    internal bool IsObstructed(int step) => MayUndo(step) && steps[step].Undo is PlannedWork.Call { Uses: { } place } && !TryFill(place, out _);

    internal JsonNode? BodyOf(int step, StepPhase phase)
    {
        if (steps[step].WorkOf(phase) is not PlannedWork.Call { Uses: { } place })
        {
            return null;
        }

        Assert.True(TryFill(place, out var value), $"{steps[step].Name} is called, and a result that it needs is not there");
        return new JsonObject { ["of"] = value };
    }

    /// <summary>An attempt leaves. Its number is what the header says.</summary>
    internal int Called(int step, StepPhase phase) => _attempts[(step, phase)] = _attempts.GetValueOrDefault((step, phase)) + 1;

    /// <summary>Its call is out or held again.</summary>
    internal void GoesOn(int step, StepPhase phase) => _pausing.Remove((step, phase));

    internal void Answered(int step, StepPhase phase, CallResult result)
    {
        _answer = (step, phase, result);
        var arrived = result is not (StepRefused or Failed { Kind: FailureKind.NotConnected });
        if (phase == StepPhase.Action && arrived)
        {
            _inDoubt.Add(step);
        }

        var isFinal = phase == StepPhase.Action ? EndOfCall(step) is not null : result is Done;
        if (!isFinal)
        {
            _answer = null;
            _pausing.Add((step, phase));
            _failures[(step, phase)] = _failures.GetValueOrDefault((step, phase)) + 1;
        }
    }

    internal bool MayBeRetried(int step) =>
        (IsRunning(step) && IsPausing(step, StepPhase.Action)) || (MustBeUndone(step) && !Has(What.Undone, step) && IsPausing(step, StepPhase.Compensation));

    internal void Cancelled() => _asked = IsTurned || IsOver ? null : new Fact(What.Turned, Code: SagaReasonCode.Cancelled);

    internal bool MayBeResolved(int step) =>
        MustBeUndone(step) && !Has(What.Undone, step) && (IsObstructed(step) || _failures.GetValueOrDefault((step, StepPhase.Compensation)) > 0);

    internal void Resolved(int step) => _asked = new Fact(What.Undone, step, ByHand: true);

    /// <summary>The coordinator died: what it had not written is lost, and what it had begun may have happened.</summary>
    internal void Crashed(int surviving, int dropped)
    {
        _facts.RemoveAll(f => f.At >= surviving);
        for (var i = 0; i < _facts.Count; i++)
        {
            _facts[i] = (_facts[i].Fact, _facts[i].At - dropped);
        }

        Transactions.Crashed(surviving, dropped);
        _inDoubt.Clear();
        _attempts.Clear();
        _failures.Clear();
        _pausing.Clear();
        _answer = null;
        _asked = null;
        _inDoubt.UnionWith(Steps.Where(step => IsRunning(step) && steps[step].Action is PlannedWork.Call));
    }

    internal SagaOutcome? Outcome => !HasEnded ? null : IsTurned ? SagaOutcome.Compensated : SagaOutcome.Completed;

    internal (SagaReasonCode Code, string? Step)? Reason => _facts.Select(f => f.Fact).FirstOrDefault(f => f.What is What.Turned or What.Refused or What.Failed) switch
    {
        null => null,
        { What: What.Turned, Code: { } code } => (code, null),
        var end => (end.What == What.Refused ? SagaReasonCode.Refused : SagaReasonCode.Failed, steps[end.Step].Name),
    };

    /// <summary>Null where it hangs on the failures of transactions, which are not counted here.</summary>
    internal SagaState? State =>
        HasEnded ? (IsTurned ? SagaState.Compensated : SagaState.Completed)
        : Steps.Any(step => IsObstructed(step) || (!Has(What.Undone, step) && _failures.GetValueOrDefault((step, StepPhase.Compensation)) >= steps[step].Attempts)) ? SagaState.Stuck
        : !IsTurned ? SagaState.Running
        : Steps.Any(step => MayUndo(step) && steps[step].Undo is PlannedWork.Transaction) ? null
        : SagaState.Compensating;

    internal StepState StateOf(int step) =>
        Has(What.Undone, step) ? StepState.Compensated
        : MustBeUndone(step) ? StepState.Compensating
        : Has(What.Done, step) ? StepState.Done
        : Has(What.Refused, step) ? StepState.Refused
        : Has(What.Failed, step) ? StepState.Failed
        : IsRunning(step) ? StepState.Running
        : IsTurned ? StepState.Skipped
        : StepState.Waiting;

    /// <summary>How the action's answer, or what else became of it, ends the step; null where it goes on.</summary>
    private Fact? EndOfCall(int step)
    {
        var call = (PlannedWork.Call)steps[step].Action;
        var doubt = _inDoubt.Contains(step);
        switch (_answer)
        {
            case { Phase: StepPhase.Action, Result: StepDone } a when a.Step == step:
                return new Fact(What.Done, step);
            case { Phase: StepPhase.Action, Result: StepRefused } a when a.Step == step:
                return new Fact(What.Refused, step, doubt);
            case { Phase: StepPhase.Action, Result: Rejected } a when a.Step == step:
                return new Fact(What.Failed, step, InDoubt: true);
            case { Phase: StepPhase.Action } a when a.Step == step:
                return IsTurned || _attempts.GetValueOrDefault((step, StepPhase.Action)) >= steps[step].Attempts ? new Fact(What.Failed, step, doubt) : null;
        }

        if (IsPausing(step, StepPhase.Action))
        {
            return IsTurned ? new Fact(What.Failed, step, doubt) : null;
        }

        // A call that is out is waited for; one that a crash has ended, or that cannot be made, is not.
        var isOut = IsOut(step);
        return !isOut && (IsTurned || (call.Uses is { } place && !TryFill(place, out _))) ? new Fact(What.Failed, step, doubt) : null;
    }

    /// <summary>Set by who sees the calls.</summary>
    internal Func<int, bool> IsOut { get; set; } = static _ => false;

    private Fact? EndOfTransaction(int step)
    {
        if (Transactions.HasCommittedDurably(step, StepPhase.Action))
        {
            return new Fact(What.Done, step);
        }

        if (Transactions.HasCommitted(step, StepPhase.Action))
        {
            return null;
        }

        return Transactions.IsRefused(step) ? new Fact(What.Refused, step) : IsTurned ? new Fact(What.Failed, step) : null;
    }

    private bool IsUndone(int step) => steps[step].Undo is PlannedWork.Transaction
        ? Transactions.HasCommittedDurably(step, StepPhase.Compensation)
        : _answer is { Phase: StepPhase.Compensation, Result: Done } a && a.Step == step;

    private bool TryFill(Place place, out JsonNode? value)
    {
        var result = _results.GetValueOrDefault(place.Step) is StepDone { Result.IsEmpty: false } done && Has(What.Done, place.Step) ? JsonNode.Parse(done.Result.Span) : null;
        var found = result is JsonObject o && o.ContainsKey("v");
        value = found ? result!["v"]!.DeepClone() : place.Default?.DeepClone();
        return found || place.HasDefault;
    }

    private bool Follows(int later, int earlier) => steps[later].After.Any(step => step == earlier || Follows(step, earlier));

    private static Fact FactOf(SagaRecord record) => record switch
    {
        StepStarted r => new Fact(What.Started, r.Step, Phase: r.Phase),
        StepEnded { End: StepEnd.Done } r => new Fact(What.Done, r.Step),
        StepEnded r => new Fact(r.End == StepEnd.Refused ? What.Refused : What.Failed, r.Step, r.MayHaveHappened),
        SagaTurned r => new Fact(What.Turned, Code: r.Code),
        StepUndone r => new Fact(What.Undone, r.Step, ByHand: r.Who is not null),
        SagaEnded => new Fact(What.Ended),
        _ => throw new InvalidOperationException($"{record.GetType().Name} is not expected"),
    };
}
