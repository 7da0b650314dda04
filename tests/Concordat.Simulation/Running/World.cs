using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Server.Engine;

namespace Concordat.Simulation;

/// <summary>
/// One simulated world: its clock, its machines, its network, and those who judge. Everything happens on one thread, one thing after the
/// other, in the order of the agenda.
/// </summary>
internal sealed class World
{
    internal static readonly Timestamp Beginning = Timestamp.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly Dictionary<string, TimeSpan> _firstAsked = new(StringComparer.Ordinal);
    private readonly Dictionary<int, TimeSpan> _slowDisks = [];
    private readonly Dice _strangerDice;

    internal World(Plan plan, Coverage coverage, Trace trace, KillSteps kills)
    {
        Plan = plan;
        Coverage = coverage;
        Trace = trace;
        Kills = kills;
        var dice = new Dice(plan.RunSeed);
        Deals = new Deals(this);
        Ledger = new Ledger(this);
        Promises = new Promises(this);
        Tenures = new Tenures(this);
        Sagas = new Errands(this);
        Network = new Network(this, dice.Split(), 1 + plan.Participants.Count + plan.Clients) { Weather = plan.Weather };
        Coordinator = new CoordinatorNode(this, plan.Coordinator, dice.Split());
        Participants = [.. plan.Participants.Select((p, i) => Make(p, i + 1, dice.Split()))];
        Clients = [.. Enumerable.Range(0, plan.Clients).Select(i => new ClientNode(this, 1 + plan.Participants.Count + i, dice.Split()))];
        _strangerDice = dice.Split();
        ServiceDice = dice.Split();
    }

    internal Plan Plan { get; }

    internal Coverage Coverage { get; }

    internal Trace Trace { get; }

    internal KillSteps Kills { get; }

    internal TimeSpan Now { get; private set; }

    internal Agenda Agenda { get; } = new();

    internal Network Network { get; }

    internal CoordinatorNode Coordinator { get; }

    internal IReadOnlyList<ParticipantNode> Participants { get; }

    internal IReadOnlyList<ClientNode> Clients { get; }

    internal Deals Deals { get; }

    internal Ledger Ledger { get; }

    internal Promises Promises { get; }

    internal Tenures Tenures { get; }

    internal Errands Sagas { get; }

    internal Dice ServiceDice { get; }

    internal long Events { get; private set; }

    /// <summary>The first invariant that was broken. Product code may catch the exception; this stays.</summary>
    internal ViolationException? Violation { get; private set; }

    /// <summary>No fault is left.</summary>
    internal bool IsHealed { get; set; }

    internal bool WasRestored { get; set; }

    /// <summary>The other coordinator ends its transactions itself.</summary>
    internal bool StrangerMayEnd { get; set; }

    private ParticipantNode Make(ParticipantPlan plan, int number, Dice dice)
    {
        ParticipantNode node = plan.Kind == ParticipantKind.Foreign ? new ForeignNode(this, number, plan, dice) : new SdkNode(this, number, plan, dice);
        Ledger.Opened(number, node.Accounts ?? new Accounts(this, node));
        return node;
    }

    /// <summary>The machine of a number: the coordinator, the participants, the clients.</summary>
    internal Node NodeAt(int number) =>
        number == 0 ? Coordinator : number <= Participants.Count ? Participants[number - 1] : Clients[number - 1 - Participants.Count];

    internal ParticipantNode Participant(string name) => Participants[NumberOf(name) - 1];

    internal int NumberOf(string participant) => int.Parse(participant.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the plan says of the step that is called.</summary>
    internal SagaStepPlan PlanOf(CallStep call) => Plan.Sagas.First(saga => saga.Number == int.Parse(call.Target.Path.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture)).Steps[call.Key.Branch];

    internal string UrlOf(ParticipantNode node) => "http://" + node.Name;

    /// <summary>Does the next thing on the agenda. False where there is none, or an invariant is broken.</summary>
    internal bool Step()
    {
        if (Agenda.Count == 0 || Violation is not null)
        {
            return false;
        }

        var next = Agenda.Take();
        Now = TimeSpan.FromTicks(next.AtTicks);
        if (next.Node is not { } node)
        {
            next.Action();
            return Violation is null;
        }

        if (node.Incarnation != next.Incarnation)
        {
            return true;
        }

        if (node.IsPaused)
        {
            node.Park(next.Action);
            return true;
        }

        Events++;
        Trace.Mix(next.AtTicks);
        Trace.Mix(node.Number);
        Guard(node, next.Action);
        return Violation is null;
    }

    /// <summary>Runs a process's code. It may be killed in it, or end itself because its disk failed; anything else is a broken invariant.</summary>
    internal void Guard(Node node, Action action)
    {
        var incarnation = node.Incarnation;
        try
        {
            action();
        }
#pragma warning disable CA1031 // Whatever the process's code throws: what it means is decided here.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (Violation is not null || node.Incarnation != incarnation)
            {
                // It is dead: what its code made of that does not matter.
                return;
            }

            if (node.Disk is { HasFailed: true })
            {
                Tell(node, $"stops itself: {e.Message}");
                node.Die(PowerLoss.None, TimeSpan.FromSeconds(1));
                return;
            }

            Break("no crash of its own", $"the process of {node} ends with {e}");
        }
    }

    internal void Pass(Node node, CrashPoint point)
    {
        if (Violation is not null || !node.IsUp)
        {
            throw new KilledException();
        }

        Trace.Mix(point.Code);
        Coverage.Pass(point);
        if (Kills.IsHere())
        {
            Kill(node, point, Kills.Loss, Kills.DownFor);
        }
        else if (node.KillCountdown > 0 && (!node.KillsInSync || point.IsInSync) && --node.KillCountdown == 0)
        {
            Coverage.Count(Happening.KillAtPoint);
            Kill(node, point, node.KillTerms.Loss, node.KillTerms.DownFor);
        }
    }

    internal ViolationException Break(string invariant, string what)
    {
        Violation ??= new ViolationException(invariant, what);
        return Violation;
    }

    internal void Count(Happening happening) => Coverage.Count(happening);

    internal void Tell(Node node, [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] ref Words words)
    {
        if (Trace.IsTold)
        {
            Trace.Tell(Now, node.Name, words.ToText());
        }
    }

    /// <summary>The last digits of an id, enough for a story.</summary>
    internal static string Short(TransactionId id) => $"{id.Nonce % 1000:000}-{id.Counter}";

    internal static string Say(Response response) => response switch
    {
        TransactionResponse r => $"{Short(r.Document.Id)} is {r.Document.State} (outcome {r.Document.Outcome?.ToString() ?? "open"}{(r.Document.Reason is { } reason ? ", " + reason.Code : "")})",
        BranchResponse r => $"{Short(r.TransactionId)}/{r.Document.Id} is {r.Document.State}",
        SagaResponse r => $"saga {Short(r.Document.Id)} is {r.Document.State} [{string.Join(" ", r.Document.Steps.Select(step => $"{step.Name}:{step.State}"))}]",
        LockResponse r => $"locked, with token {r.Answer.FencingToken}",
        InquiryResponse r => $"{r.Answer.Outcome}{(r.Answer.Presumed ? ", presumed" : "")}",
        ProblemResponse r => $"{r.Kind}: {r.Detail}",
        _ => response.GetType().Name,
    };

    /// <summary>What a thread takes to begin, or a disk to answer when nothing is wrong.</summary>
    internal TimeSpan Moment(Dice dice) => TimeSpan.FromTicks(100 + dice.Below(2000));

    internal TimeSpan SyncTime(Node node, Dice dice) =>
        _slowDisks.TryGetValue(node.Number, out var latency) ? latency : TimeSpan.FromTicks(500 + dice.Below(10_000));

    internal void SlowDown(Node node, TimeSpan? latency)
    {
        if (latency is { } l)
        {
            _slowDisks[node.Number] = l;
        }
        else
        {
            _slowDisks.Remove(node.Number);
        }
    }

    internal bool ResourceFails(Dice dice)
    {
        if (IsHealed || !dice.Chance(Plan.ResourceFailure))
        {
            return false;
        }

        Count(Happening.ResourceFailure);
        return true;
    }

    /// <summary>A request has reached the coordinator.</summary>
    internal void Asked(Request request)
    {
        switch (request)
        {
            case BeginInput { Spec.Name: { } name }:
                _firstAsked.TryAdd(name, Now);
                break;
            case RollbackInput r:
                Deals.Know(r.Id).RollbackAsked = true;
                break;
        }
    }

    internal TimeSpan FirstAskedFor(string? name) => name is not null && _firstAsked.TryGetValue(name, out var at) ? at : Now;

    /// <summary>A participant whose log is its state has replayed it: it must have come to what its disk says.</summary>
    internal void Replayed(SdkNode node, Accounts accounts, IReadOnlySet<BranchKey> committed)
    {
        if (!accounts.Applied.SetEquals(committed))
        {
            throw Break("I16", $"{node} has replayed {accounts.Applied.Count} commits, and {committed.Count} stand on its disk");
        }
    }

    internal bool IsStranger(TransactionId id) => id.Coordinator == Strangers.Coordinator;

    /// <summary>Another coordinator's prepare at a participant of ours.</summary>
    internal void Visit(SdkNode node)
    {
        node.ReceiveStranger(Strangers.Prepare(StrangersKey(), node.Now.Wall));
        node.ReceiveStranger(Strangers.CommitOfUnknown(this, StrangersKey()));
    }

    private BranchKey StrangersKey() => new(new TransactionId(Strangers.Coordinator, 1, _strangerDice.Next() & TransactionId.MaxCounter), "0.0.0.1");

    private void Kill(Node node, CrashPoint point, PowerLoss loss, TimeSpan downFor)
    {
        Coverage.Kill(point);
        Tell(node, $"is killed {point}");
        node.Die(loss, downFor);
        throw new KilledException();
    }

    /// <summary>Words that cost nothing where nobody listens.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    internal ref struct Words
    {
        private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _inner;

        public Words(int literalLength, int formattedCount, World world, out bool isTold)
        {
            isTold = world.Trace.IsTold;
            _inner = isTold ? new(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture) : default;
        }

        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string format) => _inner.AppendFormatted(value, format);

        internal string ToText() => _inner.ToStringAndClear();
    }
}

/// <summary>Kills at numbered steps: the n-th crash point that anybody passes. What an enumeration of all crash points runs by.</summary>
internal sealed class KillSteps(IReadOnlyList<long> steps, PowerLoss loss, TimeSpan downFor)
{
    private int _next;

    internal static KillSteps None => new([], PowerLoss.None, TimeSpan.Zero);

    /// <summary>How many points were passed.</summary>
    internal long Passed { get; private set; }

    internal PowerLoss Loss { get; } = loss;

    internal TimeSpan DownFor { get; } = downFor;

    internal bool IsHere()
    {
        var here = Passed++;
        if (_next == steps.Count || steps[_next] != here)
        {
            return false;
        }

        _next++;
        return true;
    }
}
