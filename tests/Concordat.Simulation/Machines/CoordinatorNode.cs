using Concordat.Core;
using Concordat.Core.Participants;
using Concordat.Log;
using Concordat.Server.Delivery;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Simulation;

/// <summary>The coordinator's machine: the shipped engine's turns on a simulated disk, network and clock.</summary>
internal sealed class CoordinatorNode : Node, ICallSender
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly EngineOptions _options;
    private readonly TimeSpan _attemptTimeout;
    private readonly Dice _dice;
    private readonly Dictionary<CallKey, Action<CallEnded>> _underWay = [];
    private List<Input> _inbox = [];
    private List<Input> _taken = [];
    private CallersInside _callers = new();
    private CoordinatorPump? _pump;
    private bool _turnPlanned;
    private TimeSpan _wakeAt;

    internal CoordinatorNode(World world, CoordinatorPlan plan, Dice dice)
        : base(world, 0, "coordinator")
    {
        _dice = dice;
        _attemptTimeout = plan.AttemptTimeout;
        _options = CoordinatorPump.Complete(new EngineOptions
        {
            Coordinator = plan.Options,
            CheckpointBytes = plan.CheckpointBytes,
            Log = new LogOptions { SegmentSizeBytes = plan.SegmentBytes, MaxRecordBytes = 16 * 1024, Time = FrozenTime.Instance, NewIdentity = dice.NextGuid },
        });
        Disk = new Disk(this, Role.Coordinator, dice.Split(), new CoordinatorWitness(world));
    }

    internal bool IsReady => _pump is { IsReady: true };

    /// <summary>It is to be started with <c>--restored</c>: until one start has got so far that its log says so itself.</summary>
    internal bool IsRestored { get; set; }

    internal CoordinatorWitness Witness => (CoordinatorWitness)Disk!.Witness;

    internal Coordinator Coordinator => _pump!.Coordinator;

    /// <summary>Takes a request in, and answers over the exchange when whatever the answer promises is durable.</summary>
    internal void Ask(Network.Exchange exchange, Func<Caller, Request> makeRequest)
    {
        if (!IsReady)
        {
            exchange.Answer(new ProblemResponse(ProblemKind.Overloaded, "it recovers"));
            return;
        }

        var caller = new AnsweredCaller(this, exchange);
        caller.Request = makeRequest(caller);
        World.Asked(caller.Request);
        Take(caller.Request);
    }

    public void Send(OutgoingCall outgoing, Action<CallEnded> report)
    {
        if (outgoing is CallStep step)
        {
            Send(step, report);
            return;
        }

        var call = (Call)outgoing;
        Pass(Act.Send, (int)call.Kind, after: false);
        World.Deals.Calling(call);
        World.Tell(this, $"calls {call.Target.Participant}: {call.Kind} {World.Short(call.Key.Transaction)}/{call.Target.BranchId} (attempt {call.Key.Attempt})");
        _underWay[call.Key] = report;
        var target = World.Participant(call.Target.Participant);
        World.Network.Call(this, target, _attemptTimeout, exchange => target.Receive(call, exchange), result => End(call, result));
        Pass(Act.Send, (int)call.Kind, after: true);
    }

    private void Send(CallStep call, Action<CallEnded> report)
    {
        var detail = CrashPoint.SendStep + (int)call.Target.Phase;
        Pass(Act.Send, detail, after: false);
        World.Sagas.Calling(call);
        World.Tell(this, $"calls {call.Target.Participant}: {call.Target.Phase} {World.Short(call.Key.Transaction)}/{call.Target.Step} (attempt {call.Target.Attempt})");
        _underWay[call.Key] = report;
        var target = World.Participant(call.Target.Participant);
        World.Network.Call(this, target, call.Timeout ?? _attemptTimeout, exchange => target.Receive(call, exchange), result => End(call, result));
        Pass(Act.Send, detail, after: true);
    }

    public void Cancel(CallKey key) => _underWay.Remove(key);

    protected override void Start()
    {
        Disk!.IsRecovering = true;
        _callers = new CallersInside();
        var pump = CoordinatorPump.Open(_options with { Restored = IsRestored }, Disk, () => Now, _dice.Next, _callers, NullLogger.Instance);
        Disk.Witness.Recovered(pump.Log.AppendedPosition);
        World.Coverage.Recovered(World.Deals);
        var driver = new SimulatedLogDriver(World, this, pump.Log, _dice, _ => Wake());
        pump.Start(driver.RequestFlush, this, Take);
        _pump = pump;
        Disk.IsRecovering = false;
        Wake();
    }

    protected override void Stopped()
    {
        _pump = null;
        _inbox.Clear();
        _underWay.Clear();
        _turnPlanned = false;
        _wakeAt = TimeSpan.Zero;
        World.Deals.CoordinatorDied();
        World.Sagas.CoordinatorDied();
    }

    private void Take(Input input)
    {
        _inbox.Add(input);
        Wake();
    }

    private void End(CallStep call, object result)
    {
        if (!_underWay.Remove(call.Key, out var report))
        {
            return;
        }

        var read = result switch
        {
            HttpAnswer answer => AnswerReader.Read(call.Target.Phase, answer.Status, answer.Body, null),
            FailureKind kind => new Failed(kind, "simulated"),
            _ => throw new InvalidOperationException($"{result} is no answer"),
        };
        World.Tell(this, $"hears of {call.Target.Phase} {World.Short(call.Key.Transaction)}/{call.Target.Step} (attempt {call.Target.Attempt}): {read}");
        World.Sagas.Heard(call, read);
        report(new CallEnded(call.Key, read));
    }

    private void End(Call call, object result)
    {
        if (!_underWay.Remove(call.Key, out var report))
        {
            // Given up: nobody waits for it.
            return;
        }

        var read = result switch
        {
            HttpAnswer answer => AnswerReader.Read(call.Kind, answer.Status, answer.Body.Span, null),
            FailureKind kind => new Failed(kind, "simulated"),
            _ => throw new InvalidOperationException($"{result} is no answer"),
        };
        World.Tell(this, $"hears of {call.Kind} {World.Short(call.Key.Transaction)}/{call.Target.BranchId} (attempt {call.Key.Attempt}): {read}");
        World.Deals.Heard(call.Key, call.Kind, read);
        report(new CallEnded(call.Key, read));
    }

    private void Wake()
    {
        if (!_turnPlanned)
        {
            _turnPlanned = true;
            After(World.Moment(_dice), Turn);
        }
    }

    private void Turn()
    {
        _turnPlanned = false;
        (_inbox, _taken) = (_taken, _inbox);
        _inbox.Clear();
        Pass(Act.Step, CrashPoint.DetailOf(_taken.Count > 0 ? _taken[^1] : null), after: false);
        _pump!.Turn(_taken, Now);
        IsRestored &= !_pump.IsReady;
        WakeInTime();
    }

    /// <summary>As the shipped loop: when something is due, and every second.</summary>
    private void WakeInTime()
    {
        var due = Now.Monotonic + LongestWait;
        if (_pump!.Coordinator.NextDue is { } next && next < due)
        {
            due = next;
        }

        var at = BootedAt + due;
        if (_wakeAt <= World.Now || at < _wakeAt)
        {
            _wakeAt = at;
            After(at - World.Now > TimeSpan.Zero ? at - World.Now : TimeSpan.Zero, Wake);
        }
    }

    private void Pass(Act act, int detail, bool after) => Pass(new CrashPoint(Role.Coordinator, recovering: false, act, detail, after));

    private sealed class AnsweredCaller(CoordinatorNode node, Network.Exchange exchange) : EngineCaller
    {
        internal Request Request { get; set; } = null!;

        internal override void Complete(Response response)
        {
            var detail = DetailOf(response);
            node.Pass(Act.Answer, detail, after: false);
            node.World.Tell(node, $"answers {Request.GetType().Name}: {World.Say(response)}");
            node.World.Deals.Answering(Request, response);
            node.World.Sagas.Answering(Request, response);
            exchange.Answer(response);
            node.Pass(Act.Answer, detail, after: true);
        }

        internal override void Fail(Exception exception) => throw exception;

        private static int DetailOf(Response response) => response switch
        {
            TransactionResponse => 0,
            BranchResponse => 1,
            TransactionsResponse => 2,
            InquiryResponse => 3,
            ParticipantResponse => 4,
            ParticipantsResponse => 5,
            RemovedResponse => 6,
            LockResponse => 8,
            SagaResponse => 9,
            SagasResponse => 10,
            _ => 7,
        };
    }
}

/// <summary>What a participant's HTTP answer is to the coordinator.</summary>
internal sealed record HttpAnswer(int Status, ReadOnlyMemory<byte> Body);

/// <summary>The log only measures how long a sync takes; here that is nobody's business.</summary>
internal sealed class FrozenTime : TimeProvider
{
    internal static readonly FrozenTime Instance = new();

    public override long GetTimestamp() => 0;
}
