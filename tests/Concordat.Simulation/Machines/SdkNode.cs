using System.Text.Json;
using Concordat.Client.Participants;
using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Log;
using Concordat.Server.Delivery;
using Microsoft.Extensions.Logging.Abstractions;
using Reply = Concordat.Core.Participation.Reply;

namespace Concordat.Simulation;

/// <summary>A participant on the .NET SDK: its shipped turns on a simulated disk, network and clock.</summary>
internal sealed class SdkNode : ParticipantNode
{
    private static readonly ReadOnlyMemory<byte> _yes = Body(Vote.Yes);
    private static readonly ReadOnlyMemory<byte> _readOnly = Body(Vote.ReadOnly);

    private readonly ParticipantOptions _options;
    private readonly LogOptions _log;
    private readonly Accounts? _store;
    private List<EngineWork> _inbox = [];
    private List<EngineWork> _taken = [];
    private LoggedBank? _bank;
    private ParticipantPump? _pump;
    private SimulatedLogDriver? _driver;
    private LogPosition _durable;
    private bool _turnPlanned;
    private TimeSpan _wakeAt;

    internal SdkNode(World world, int number, ParticipantPlan plan, Dice dice)
        : base(world, number, plan, dice)
    {
        _options = new ParticipantOptions
        {
            Name = Name,
            DataDirectory = "simulated",
            SegmentSizeBytes = plan.SegmentBytes,
            CheckpointEveryBytes = plan.CheckpointBytes,
            InquireAfter = TimeSpan.FromSeconds(8),
        };
        _log = ParticipantLog.OptionsFor(plan.SegmentBytes) with { Time = FrozenTime.Instance, NewIdentity = dice.NextGuid };
        _store = plan.Kind == ParticipantKind.OwnStore ? new Accounts(world, this) : null;
        Disk = new Disk(this, Role.Participant, dice.Split(), new ParticipantWitness(world, number));
    }

    internal override Accounts? Accounts => _store ?? _bank?.Accounts;

    internal ParticipantWitness Witness => (ParticipantWitness)Disk!.Witness;

    internal override int Unfinished => _pump!.Machine.LiveBranches;

    internal ParticipantMachine Machine => _pump!.Machine;

    internal void PassResource(ResourceCall call, bool after) =>
        Pass(new CrashPoint(Role.Participant, Disk!.IsRecovering, Act.Resource, (int)call, after));

    internal override void Receive(Call call, Network.Exchange exchange)
    {
        if (!IsOpen)
        {
            exchange.Answer(new HttpAnswer(503, default));
            return;
        }

        var caller = new AnsweredCaller(this, exchange, call);
        Take(new EngineWork.Input(World.Plan.OnTheWire ? ReadOffTheWire(call, caller) : Read(call, caller)));
    }

    /// <summary>Another coordinator asks.</summary>
    internal void ReceiveStranger(ParticipantInput input)
    {
        if (IsOpen)
        {
            Take(new EngineWork.Input(input));
        }
    }

    protected override void Start()
    {
        Disk!.IsRecovering = true;
        IsOpen = false;
        _durable = default;
        _bank = _store is null ? new LoggedBank(World, this) : null;
        IResourceRunner runner = _bank is not null ? new LoggedRunner(_bank, NullLogger.Instance) : new StoreRunner(World, this, _store!, Dice);
        var pump = new ParticipantPump(
            _options, runner, Disk, _log, Dice.Next(), new ParticipantPumpEdge(Ask, Take, _ => _driver?.CatchUp()), NullLogger.Instance);
        Witness.Recovered(pump.Log.AppendedPosition);
        if (_bank is not null)
        {
            World.Replayed(this, _bank.Accounts, Witness.CommittedBranches);
        }

        _pump = pump;
        _driver = new SimulatedLogDriver(World, this, pump.Log, Dice, durable =>
        {
            _durable = durable;
            Wake();
        });
        pump.Start(Now, _driver);
        Disk.IsRecovering = false;
        IsOpen = true;
        World.Ledger.Reset(Number, Accounts!.Applied, Accounts.Total);
        Wake();
        Register();
    }

    protected override void Stopped()
    {
        IsOpen = false;
        _pump = null;
        _driver = null;
        _inbox.Clear();
        _turnPlanned = false;
        _wakeAt = TimeSpan.Zero;
        if (_store is null)
        {
            // What its disk says is what it will come back with.
            World.Ledger.Reset(Number, Witness.CommittedBranches, (Accounts.Count * Accounts.Opening) + Witness.CommittedBranches.Sum(Ledger.Moved));
            _bank = null;
        }
    }

    private void Take(EngineWork work)
    {
        _inbox.Add(work);
        Wake();
    }

    private void Ask(ParticipantEffect.Ask ask)
    {
        Pass(new CrashPoint(Role.Participant, recovering: false, Act.Inquire, 0, after: false));
        World.Tell(this, $"asks for the outcome of {World.Short(ask.Key.Transaction)}/{ask.Key.Branch}");
        Inquire(ask.Key, _options.CoordinatorTimeout, result => Take(new EngineWork.Input(new ParticipantInput.InquiryAnswered(ask.Key, result))));
        Pass(new CrashPoint(Role.Participant, recovering: false, Act.Inquire, 0, after: true));
    }

    private void Wake()
    {
        if (!_turnPlanned)
        {
            _turnPlanned = true;
            After(World.Moment(Dice), Turn);
        }
    }

    private void Turn()
    {
        _turnPlanned = false;
        (_inbox, _taken) = (_taken, _inbox);
        _inbox.Clear();
        Pass(new CrashPoint(
            Role.Participant, recovering: false, Act.Step, CrashPoint.DetailOf(_taken.Count > 0 ? (_taken[^1] as EngineWork.Input)?.What : null), after: false));
        _pump!.Turn(_taken, _durable, Now);
        if (_pump.NextDue is { } due)
        {
            var at = BootedAt + due + TimeSpan.FromMilliseconds(1);
            if (_wakeAt <= World.Now || at < _wakeAt)
            {
                _wakeAt = at;
                After(at - World.Now > TimeSpan.Zero ? at - World.Now : TimeSpan.Zero, Wake);
            }
        }
    }

    /// <summary>As the shipped endpoint does, without the JSON between.</summary>
    private static ParticipantInput Read(Call call, Core.Participation.Caller caller)
    {
        var key = new BranchKey(call.Key.Transaction, call.Target.BranchId);
        var operations = call.Operations.ToArray();
        return call.Kind switch
        {
            CallKind.Prepare => new ParticipantInput.PrepareCalled(
                caller, key, call.EndedBefore, new BranchTerms { CreatedAt = call.Target.CreatedAt, Deadline = call.Target.Deadline, Operations = operations }),
            CallKind.OnePhase => new ParticipantInput.OnePhaseCalled(
                caller, key, call.EndedBefore, new BranchTerms { CreatedAt = call.Target.CreatedAt, Operations = operations }),
            CallKind.Commit => new ParticipantInput.CommitCalled(caller, key, call.EndedBefore, call.Evidence),
            _ => new ParticipantInput.RollbackCalled(caller, key, call.EndedBefore, call.Target.CreatedAt, call.Evidence),
        };
    }

    /// <summary>The call's own bytes, written by the shipped server and read by the shipped SDK.</summary>
    private ParticipantInput ReadOffTheWire(Call call, Core.Participation.Caller caller)
    {
        var body = CallBody.Write(call, "http://coordinator");
        var most = _log.EffectiveMaxRecordBytes;
        if (call.Kind == CallKind.Prepare)
        {
            var prepare = JsonSerializer.Deserialize(body, ContractJson.Default.PrepareCall)!;
            ParticipantCalls.Check(prepare);
            return ParticipantCalls.Prepare(prepare, caller, ParticipantCalls.OperationsOf(prepare.Operations, most, onePhase: false));
        }

        var complete = JsonSerializer.Deserialize(body, ContractJson.Default.CompleteCall)!;
        ParticipantCalls.Check(complete);
        return call.Kind == CallKind.Rollback
            ? ParticipantCalls.Rollback(complete, caller)
            : ParticipantCalls.Commit(complete, caller, ParticipantCalls.OperationsOf(complete.Operations, most, complete.OnePhase));
    }

    private static ReadOnlyMemory<byte> Body(Vote vote, string? reason = null) =>
        JsonSerializer.SerializeToUtf8Bytes(new PrepareAnswer { Vote = vote, Reason = reason }, ContractJson.Default.PrepareAnswer);

    private sealed class AnsweredCaller(SdkNode node, Network.Exchange exchange, Call call) : ReplyCaller
    {
        public override void Answer(Reply reply)
        {
            var point = new CrashPoint(Role.Participant, recovering: false, Act.Answer, CrashPoint.DetailOf(reply), after: false);
            node.Pass(point);
            node.World.Tell(node, $"answers {call.Kind} {World.Short(call.Key.Transaction)}/{call.Target.BranchId}: {reply}");
            node.World.Promises.Answering(node, call, reply);
            exchange.Answer(new HttpAnswer(ParticipantReplies.StatusOf(reply), reply switch
            {
                Reply.Voted { Vote: Vote.Yes, Evidence: null } => _yes,
                Reply.Voted { Vote: Vote.ReadOnly } => _readOnly,
                Reply.Voted voted => JsonSerializer.SerializeToUtf8Bytes(ParticipantReplies.AnswerOf(voted), ContractJson.Default.PrepareAnswer),
                _ => default,
            }));
            node.Pass(point with { Code = point.Code + 1 });
        }

        public override void Fail(Exception e) => throw e;
    }
}
