using System.Text.Json.Nodes;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Core.Tests.Simulation;
using Concordat.Core.Transactions;

namespace Concordat.Core.Tests.Sagas;

/// <summary>What happens to the saga, and what is seen of it.</summary>
internal sealed partial class RandomSaga
{
    /// <summary>Compensating calls of steps whose action is a transaction, which a service has done.</summary>
    private readonly Dictionary<int, int> _undoCalls = [];

    /// <summary>Each start of the coordinator's clock is past everything on record.</summary>
    private TimeSpan ClockMayBeAhead => TimeSpan.FromMilliseconds(Crashes + 1);

    /// <summary>Something happens. Then nothing is due any more, and exactly those are called who must be.</summary>
    private void Event(Action happens, bool mayGoOn = false, bool looksAtDeadline = false)
    {
        _mayGoOn = mayGoOn;
        _overdue = looksAtDeadline ? _harness.Elapsed - _deadline : null;
        happens();
        Assert.True(!_saga.Due(_overdue).Any(), $"due, and not recorded: {string.Join("; ", _saga.Due(_overdue))}");
        var calling = Calling();
        foreach (var (step, phase) in calling.Where(c => (mayGoOn || !_everyCallHasASlot) && _saga.IsPausing(c.Step, c.Phase)).ToArray())
        {
            _saga.GoesOn(step, phase);
        }

        var expected = _saga.Calls().ToHashSet();
        Assert.True(calling.IsSubsetOf(expected), $"called: {string.Join(" ", calling)}; to be called: {string.Join(" ", expected)}");
        Assert.True(!_everyCallHasASlot || calling.SetEquals(expected), $"called are only: {string.Join(" ", calling)}; to be called: {string.Join(" ", expected)}");
    }

    private HashSet<(int Step, StepPhase Phase)> Calling() =>
        [.. _harness.Held.OfType<CallStep>().Concat(_harness.StepsOut).Select(c => (c.Key.Branch, c.Target.Phase))];

    /// <summary>Something that is out comes to an end.</summary>
    private void Deliver()
    {
        var steps = _harness.StepsOut.ToArray();
        var calls = _harness.CallsOut.ToArray();
        if (steps.Length + calls.Length == 0)
        {
            return;
        }

        var which = _random.Next(steps.Length + calls.Length);
        if (which < steps.Length)
        {
            Deliver(steps[which]);
        }
        else
        {
            Deliver(calls[which - steps.Length]);
        }
    }

    private void Deliver(CallStep call)
    {
        var roll = _healed ? 99 : _random.Next(100);
        var bad = _weather * 7;
        if (roll < bad / 4)
        {
            End(call, new Failed(FailureKind.NotConnected, "connection refused"));
        }
        else if (roll < bad / 2)
        {
            _onTheWay.Add((call, Crashes));
            End(call, new Failed(_random.Next(2) == 0 ? FailureKind.Timeout : FailureKind.Unreachable, "no answer"));
        }
        else if (roll < bad * 3 / 4)
        {
            End(call, Nonsense());
        }
        else
        {
            var result = Receive(call);
            if (roll >= bad * 5 / 4 || roll % 2 == 0)
            {
                End(call, result);
                return;
            }

            _late.Add((call.Key, result));
            End(call, roll % 3 == 0 ? Nonsense() : new Failed(FailureKind.Timeout, "the answer is lost"));
        }
    }

    private CallResult Nonsense() => _random.Next(5) switch
    {
        0 => new Rejected("404 or so"),
        1 => new Failed(FailureKind.Answer, "500"),
        2 => new Failed(FailureKind.Unreachable, "503", TimeSpan.FromSeconds(_random.Next(3))),
        3 => new Failed(FailureKind.Answer, "429", TimeSpan.FromSeconds(_random.Next(100))),
        _ => new NeverHeardOf("410"),
    };

    private void End(CallStep call, CallResult result)
    {
        // Nothing that says nothing of a step is more than an error.
        _saga.Answered(call.Key.Branch, call.Target.Phase, result);
        Event(() => _harness.End(call.Key, result));
    }

    private CallResult Receive(CallStep call)
    {
        var step = call.Key.Branch;
        if (_steps[step].Action is PlannedWork.Call)
        {
            return _services.Receive(step, call.Target.Phase, refuses: !_healed && _weather > 0 && _random.Next(12) == 0);
        }

        _undoCalls[step] = _undoCalls.GetValueOrDefault(step) + 1;
        return Done.Instance;
    }

    private void Deliver(Call call)
    {
        var roll = _healed ? 99 : _random.Next(100);
        if (roll < _weather * 3)
        {
            Event(() => _harness.End(call.Key, new Failed(roll % 2 == 0 ? FailureKind.NotConnected : FailureKind.Timeout, "lost")));
            return;
        }

        var result = _participants[call.Target.Participant].Receive(call);
        Assert.False(result is NeverHeardOf, $"{call.Target.Participant} is told to commit {call.Key} and does not know it");
        if (roll < _weather * 6)
        {
            Event(() => _harness.End(call.Key, new Failed(FailureKind.Timeout, "the answer is lost")));
            return;
        }

        if (result is Voted { Vote: Vote.No })
        {
            _saga.Transactions.Refused(call.Key.Transaction);
        }

        Event(() => _harness.End(call.Key, result));
    }

    /// <summary>A request comes that was given up long ago, or an answer.</summary>
    private void ComeLate()
    {
        if (_onTheWay.Count > 0)
        {
            var which = _random.Next(_onTheWay.Count);
            var (request, start) = _onTheWay[which];
            _onTheWay.RemoveAt(which);
            var result = Receive(request);
            if (start == Crashes)
            {
                _late.Add((request.Key, result));
            }
        }

        if (_late.Count > 0)
        {
            var (key, result) = _late[_random.Next(_late.Count)];
            Event(() => _harness.Step(new CallEnded(key, result)));
        }
    }

    private void Ask()
    {
        var id = _id!.Value;
        var step = _random.Next(_steps.Length);
        var exact = _steps[step].Action is PlannedWork.Call && _steps[step].Undo is not PlannedWork.Transaction && _everyCallHasASlot;
        switch (_random.Next(8))
        {
            case 0 when _random.Next(5) == 0:
                var caller = new Asking { Problem = _forgotten ? ProblemKind.Forgotten : _saga.Outcome == SagaOutcome.Completed ? ProblemKind.AlreadyCompleted : null };
                _saga.Cancelled();
                Event(() => _harness.Step(new CancelSagaInput(caller, id)));
                break;
            case 1 or 2:
                Event(() => _harness.Step(new RetryStepInput(
                    new Asking { Any = !exact, Problem = _forgotten ? ProblemKind.Forgotten : _saga.MayBeRetried(step) ? null : ProblemKind.NothingToRetry }, id, PlannedStep.NameOf(step))), mayGoOn: true);
                break;
            case 3:
                Resolve(step);
                break;
            case 4:
                Event(() => _harness.Step(new GetSagaInput(new Asking { Waits = true, Problem = _forgotten ? ProblemKind.Forgotten : null }, id, TimeSpan.FromMilliseconds(_random.Next(5000)))));
                break;
            default:
                Event(() => _harness.Step(new GetSagaInput(new Asking { Problem = _forgotten ? ProblemKind.Forgotten : null }, id)));
                break;
        }
    }

    /// <summary>A person undoes a step by hand, and says so; where that is not called for, nothing is done.</summary>
    private void Resolve(int step)
    {
        if (_steps[step].Undo is PlannedWork.Transaction)
        {
            // Whether it has failed is not counted here; a person does not race with it.
            return;
        }

        var may = _saga.MayBeResolved(step);
        var caller = new Asking { Problem = _forgotten ? ProblemKind.Forgotten : may || _saga.IsUndoneByHand(step) ? null : ProblemKind.NothingToResolve };
        if (may)
        {
            _saga.Resolved(step);
            _services.Undo(step);
        }

        Event(() => _harness.Step(new ResolveStepInput(caller, _id!.Value, PlannedStep.NameOf(step), "olga", "by phone")));
    }

    void IWorld.Appended(Append append)
    {
        var at = _harness.Log.Count - 1;
        switch (append.Record)
        {
            case SagaBegun begun:
                (_id, _begunAt) = (begun.Id, at);
                break;
            case SagaRecord record:
                Assert.Equal(_id, record.Id);
                _saga.Take(record, at, _mayGoOn, _overdue + ClockMayBeAhead);
                break;
            case Decided { Outcome: Concordat.Outcome.Committed } decided:
                _saga.Transactions.Committed(decided.Id, at);
                break;
        }
    }

    void IWorld.Sent(CallStep call)
    {
        var (step, phase) = (call.Key.Branch, call.Target.Phase);
        Assert.True(_keys.Add(call.Key), $"{call.Key} is called twice");
        var durable = _saga.AsOf(_harness.DurableCount);
        Assert.True(phase == StepPhase.Action ? durable.IsRunning(step) : durable.MayUndo(step), $"the {phase} of {call.Target.Step} is called, and it is not durable that it may be");
        Assert.Equal((PlannedStep.NameOf(step), phase == StepPhase.Action ? "/do" : "/undo", _saga.Called(step, phase)), (call.Target.Step, call.Target.Path, call.Target.Attempt));
        var body = _saga.BodyOf(step, phase);
        Assert.True(JsonNode.DeepEquals(body, call.Body.IsEmpty ? null : JsonNode.Parse(call.Body.Span)), $"the {phase} of {call.Target.Step} is called with another body than {body?.ToJsonString()}");
    }

    void IWorld.Held(ReleasedEffect effect)
    {
        if (effect is Answer { Caller: Asking asking })
        {
            asking.Expected ??= Shown.Of(_saga);
        }
    }

    void IWorld.Answered(Answer answer)
    {
        var asking = (Asking)answer.Caller;
        switch (answer.Reply)
        {
            case SagaReply { Saga: var document }:
                Assert.True(asking.Any || asking.Problem is null, $"expected {asking.Problem}, and was answered {document}");
                (asking.Expected ?? Shown.Of(_saga)).Is(document, _harness.DurableCount, asking.Begins);
                Assert.True(_told is null || document.Outcome == _told, $"{document.Outcome} is told, and before {_told} was");
                _told = document.Outcome;
                break;
            case ProblemReply problem:
                Assert.True(asking.Any || problem.Kind == asking.Problem, $"expected {asking.Problem?.ToString() ?? "to be shown it"}, and was answered {problem.Kind}: {problem.Detail}");
                break;
        }
    }

    void IWorld.Forced()
    {
    }

    void IWorld.Sent(Call call)
    {
    }

    void IWorld.Cancelled(CallKey key, OutgoingCall? sent)
    {
        if (sent is CallStep call)
        {
            _onTheWay.Add((call, Crashes));
        }
    }

    private sealed class Asking : Caller
    {
        internal bool Begins { get; init; }

        internal bool Waits { get; init; }

        /// <summary>Both answers are right.</summary>
        internal bool Any { get; init; }

        /// <summary>Null: it is shown the saga.</summary>
        internal ProblemKind? Problem { get; init; }

        internal Shown? Expected { get; set; }
    }

    /// <summary>What a document must say.</summary>
    private sealed record Shown(SagaState? State, SagaOutcome? Outcome, (SagaReasonCode Code, string? Step)? Reason, StepState[] Steps, bool[] ByHand, int LastRecord)
    {
        internal static Shown Of(ReferenceSaga saga) => new(
            saga.State, saga.Outcome, saga.Reason, [.. saga.Steps.Select(saga.StateOf)], [.. saga.Steps.Select(saga.IsUndoneByHand)],
            saga.Facts.Count == 0 ? -1 : saga.Facts.Max(f => f.At));

        internal void Is(SagaDocument document, int durable, bool begins)
        {
            Assert.True(LastRecord < durable, $"what is answered hangs on record {LastRecord}, and {durable} are durable");
            if (begins)
            {
                Assert.Equal((SagaState.Running, null), (document.State, document.Outcome));
                return;
            }

            Assert.True(State is null ? document.State is SagaState.Compensating or SagaState.Stuck : document.State == State, $"{State} was to be shown, and {document.State} is");
            Assert.Equal(Outcome, document.Outcome);
            Assert.Equal(Reason, document.Reason is { } reason ? (reason.Code, reason.Step) : null);
            Assert.Equal(Steps, document.Steps.Select(s => s.State));
            Assert.Equal(ByHand, document.Steps.Select(s => s.Compensation?.ResolvedBy is not null));
        }
    }
}
