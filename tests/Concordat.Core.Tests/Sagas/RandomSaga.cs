using System.Text.Json.Nodes;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using Concordat.Core.Tests.Models;
using Concordat.Core.Tests.Simulation;

namespace Concordat.Core.Tests.Sagas;

/// <summary>
/// One saga through a whole coordinator, driven by one seed: calls are lost, late and answered in every way, the disk is slow, the coordinator dies between any two
/// records, older segments of the log go, people cancel, retry and resolve. Whatever the coordinator does is compared with <see cref="ReferenceSaga"/>. Then all heals.
/// </summary>
internal sealed partial class RandomSaga : IWorld
{
    private static readonly string[] Callable = ["a", "b", "c"];
    private static readonly string[] Transacting = ["t", "u", "v"];
    private readonly Random _random;
    private readonly Harness _harness;
    private readonly PlannedStep[] _steps;
    private readonly TimeSpan _timeout;
    private readonly SagaServices _services;
    private readonly Dictionary<string, ParticipantModel> _participants = [];
    private readonly bool _everyCallHasASlot;

    /// <summary>0: nothing is lost and nobody refuses.</summary>
    private readonly int _weather;

    /// <summary>Requests that are somewhere on their way, and may come at any time, or never.</summary>
    private readonly List<(CallStep Call, int Start)> _onTheWay = [];

    /// <summary>Of this start: calls that ended otherwise, whose answers may still come.</summary>
    private readonly List<(CallKey Key, CallResult Result)> _late = [];
    private readonly HashSet<CallKey> _keys = [];
    private readonly List<int> _checkpoints = [];
    private ReferenceSaga _saga;
    private TransactionId? _id;
    private int _begunAt;
    private TimeSpan _deadline;
    private int _base;
    private bool _healed;
    private bool _forgotten;

    /// <summary>Of the event that is under way.</summary>
    private bool _mayGoOn;
    private TimeSpan? _overdue;
    private SagaOutcome? _told;

    internal RandomSaga(int seed)
    {
        _random = new Random(seed);
        _services = new SagaServices(_random);
        _weather = _random.Next(4);
        _everyCallHasASlot = _random.Next(4) > 0;
        _steps = Plan();
        _saga = new ReferenceSaga(_steps);
        _timeout = TimeSpan.FromMilliseconds(_random.Next(3) == 0 ? _random.Next(200, 20_000) : 3_600_000);
        var options = new CoordinatorOptions { CallsPerParticipant = _everyCallHasASlot ? 64 : 1, RetentionAge = TimeSpan.FromDays(300) };
        _harness = new Harness(() => options, this);
        _harness.Start();
        foreach (var name in Callable.Concat(Transacting))
        {
            _harness.Step(new PutParticipantInput(new Asking(), name, "http://" + name, default));
            _participants.Add(name, new ParticipantModel(new SplitMix64((ulong)_random.NextInt64())));
        }

        _harness.MakeDurable(_harness.AppendedRecords);
        Begin();
    }

    internal int Crashes { get; private set; }

    internal SagaOutcome? Outcome => _saga.Outcome;

    internal void Run()
    {
        var events = _random.Next(10, 250);
        for (var i = 0; i < events && !(_saga.HasEnded && _random.Next(10) == 0); i++)
        {
            Happen();
        }

        Heal();
        Judge();
    }

    private PlannedStep[] Plan()
    {
        var count = _random.Next(1, 9);
        var order = Enumerable.Range(0, count).ToArray();
        _random.Shuffle(order);
        var after = new int[count][];
        var before = new HashSet<int>[count];
        var isCall = new bool[count];
        for (var i = 0; i < count; i++)
        {
            isCall[i] = _random.Next(5) > 0;
            after[order[i]] = [.. order[..i].Where(_ => _random.Next(3) == 0)];
            before[order[i]] = [.. after[order[i]].SelectMany(earlier => before[earlier].Append(earlier))];
        }

        return [.. Enumerable.Range(0, count).Select(step => new PlannedStep(
            PlannedStep.NameOf(step),
            after[step],
            Work(isCall[step], step, before[step].Where(earlier => isCall[earlier]).ToArray(), ofUndo: false),
            _random.Next(6) == 0 ? null : Work(_random.Next(5) > 0, step, before[step].Append(step).Where(earlier => isCall[earlier]).ToArray(), ofUndo: true),
            _random.Next(1, 5)))];
    }

    private PlannedWork Work(bool isCall, int step, int[] usable, bool ofUndo)
    {
        if (!isCall)
        {
            return new PlannedWork.Transaction([.. Transacting.OrderBy(_ => _random.Next()).Take(_random.Next(1, 4))]);
        }

        var service = Callable[_random.Next(Callable.Length)];
        if (usable.Length == 0 || _random.Next(3) > 0)
        {
            return new PlannedWork.Call(service, null);
        }

        var used = usable[_random.Next(usable.Length)];
        return new PlannedWork.Call(service, new Place(used, (ofUndo && used == step) || _random.Next(3) > 0, _random.Next(2) == 0 ? null : JsonValue.Create(7)));
    }

    private void Begin()
    {
        _id = null;
        _saga = new ReferenceSaga(_steps) { IsOut = step => Calling().Contains((step, StepPhase.Action)) };
        _deadline = _harness.Elapsed + _timeout;
        Event(() => _harness.Step(new BeginSagaInput(new Asking { Begins = true }, SagaDefinition.Of(new SagaSpec { Name = "random", Timeout = _timeout, Steps = [.. _steps.Select(static s => s.ToSpec())] }))));
        Assert.NotNull(_id);
    }

    private void Happen()
    {
        switch (_random.Next(100))
        {
            case < 40:
                Deliver();
                break;
            case < 62:
                MakeDurable(_harness.DurableRecords + _random.NextInt64(_harness.AppendedRecords - _harness.DurableRecords + 1));
                break;
            case < 76:
                Pass(TimeSpan.FromMilliseconds(_random.Next(10) == 0 ? _random.Next(30_000) : _random.Next(300)));
                break;
            case < 82:
                ComeLate();
                break;
            case < 92:
                Ask();
                break;
            case < 95:
                _checkpoints.Add(_harness.Log.Count);
                Event(_harness.Checkpoint);
                break;
            case < 98 when _random.Next(2) == 0:
                Crash();
                break;
        }
    }

    private void MakeDurable(long upTo)
    {
        _saga.Transactions.DurableUpTo(Math.Max(_base, _harness.Log.Count - (int)_harness.AppendedRecords + (int)upTo));
        Event(() => _harness.MakeDurable(upTo));
    }

    /// <summary>Time passes, and nothing that is due is passed over.</summary>
    private void Pass(TimeSpan time)
    {
        var until = _harness.Elapsed + time;
        while (_harness.Coordinator.NextDue is { } due && due - Harness.Beginning.Monotonic <= until)
        {
            var wait = due - _harness.Now.Monotonic;
            _harness.Pass(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            Tick();
        }

        _harness.Pass(until - _harness.Elapsed);
        Tick();
    }

    private void Tick() => Event(_harness.Tick, mayGoOn: true, looksAtDeadline: true);

    private void Crash()
    {
        Crashes++;
        var surviving = _random.Next(_harness.DurableCount, _harness.Log.Count + 1);
        var whole = _checkpoints.Where(c => IsWhole(c, Math.Min(surviving, _harness.DurableCount))).ToList();
        var dropped = whole.Count > 0 && _random.Next(2) == 0 ? whole[^1] : 0;
        _checkpoints.RemoveAll(c => c >= surviving || c <= dropped);
        for (var i = 0; i < _checkpoints.Count; i++)
        {
            _checkpoints[i] -= dropped;
        }

        _onTheWay.AddRange(_harness.StepsOut.Select(call => (call, -1)));
        _late.Clear();
        _keys.Clear();
        var isLost = _begunAt >= surviving;
        _begunAt -= dropped;
        _saga.Crashed(surviving, dropped);
        _forgotten |= dropped > 0 && _saga.Facts.Any(f => f.Fact.What == ReferenceSaga.What.Ended && f.At < 0);
        _base = surviving - dropped;
        if (isLost)
        {
            Assert.Empty(_onTheWay);
            _id = null;
            _harness.Restart(surviving, dropped);
            Begin();
            return;
        }

        Event(() => _harness.Restart(surviving, dropped), mayGoOn: true, looksAtDeadline: true);
    }

    private bool IsWhole(int checkpoint, int durable) =>
        Enumerable.Range(checkpoint, Math.Max(0, durable - checkpoint)).Any(i => _harness.Log[i].Type == (byte)RecordType.CheckpointEnded);

    private void Heal()
    {
        _healed = true;
        for (var rounds = 0; !_saga.HasEnded || _harness.CallsOut.Any() || _harness.Coordinator.Counts.Open > 0; rounds++)
        {
            Assert.True(rounds < 2000, $"AC5: all is well again, and the saga comes to no end: {string.Join(" ", _saga.Steps.Select(_saga.StateOf))}");
            MakeDurable(_harness.AppendedRecords);
            while (_harness.StepsOut.Any() || _harness.CallsOut.Any())
            {
                Deliver();
                MakeDurable(_harness.AppendedRecords);
            }

            foreach (var step in _saga.Steps.Where(_saga.IsObstructed))
            {
                Resolve(step);
            }

            MakeDurable(_harness.AppendedRecords);
            Pass(TimeSpan.FromSeconds(1));
        }

        MakeDurable(_harness.AppendedRecords);
        Assert.Empty(_harness.Held);
    }

    /// <summary>All or nothing, each once, whatever is still on its way.</summary>
    private void Judge()
    {
        while (_onTheWay.Count > 0)
        {
            ComeLate();
        }

        foreach (var (step, plan) in _steps.Index())
        {
            var (done, undone) = (DoneOf(step), UndoneOf(step));
            Assert.True(done <= 1 && undone <= 1, $"{plan.Name} is done {done} times and undone {undone} times");
            if (_saga.Outcome == SagaOutcome.Completed)
            {
                Assert.True((done, undone) == (1, 0), $"the saga is completed, and {plan.Name} is done {done} times and undone {undone} times");
            }
            else if (plan.Undo is not null)
            {
                // Who undoes what may never have come undoes nothing, where a service remembers; a transaction of others cannot know.
                Assert.True(done == undone || (done < undone && plan.Undo is PlannedWork.Transaction && _saga.MustBeUndone(step)), $"the saga is compensated, and {plan.Name} is done {done} times and undone {undone} times");
            }
        }

        Assert.Equal((0L, 0L, 0), (_harness.Coordinator.ReservedBytes, _harness.Coordinator.Counts.SagaBytes, _harness.Coordinator.Counts.Open));
    }

    private int DoneOf(int step) => _steps[step].Action is PlannedWork.Call ? _services.Done.GetValueOrDefault(step) : _saga.Transactions.CommitsOf(step, StepPhase.Action);

    private int UndoneOf(int step) =>
        _steps[step] is { Action: PlannedWork.Call, Undo: not PlannedWork.Transaction } ? _services.Undone.GetValueOrDefault(step)
        : _steps[step].Undo is PlannedWork.Transaction ? _saga.Transactions.CommitsOf(step, StepPhase.Compensation)
        : _saga.IsUndoneByHand(step) || _undoCalls.GetValueOrDefault(step) > 0 ? 1 : 0;
}
