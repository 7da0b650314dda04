using System.Text.Json.Serialization;
using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>All that is decided before a run begins. A run follows from its plan alone, so a plan can be cut down and run again.</summary>
internal sealed record Plan
{
    public required ulong Seed { get; init; }

    /// <summary>Seeds the chance that is left to the run: weather, disks, jitter.</summary>
    public required ulong RunSeed { get; init; }

    public required IReadOnlyList<ParticipantPlan> Participants { get; init; }

    public required int Clients { get; init; }

    public required IReadOnlyList<Transfer> Transfers { get; init; }

    public IReadOnlyList<SagaPlan> Sagas { get; init; } = [];

    public required IReadOnlyList<Fault> Faults { get; init; }

    public required Weather Weather { get; init; }

    public required CoordinatorPlan Coordinator { get; init; }

    /// <summary>When faults end and everything heals.</summary>
    public required TimeSpan HealAt { get; init; }

    /// <summary>Calls go through their JSON, both ways.</summary>
    public bool OnTheWire { get; init; }

    /// <summary>Calls of a resource manager with a store of its own that fail without doing anything.</summary>
    public double ResourceFailure { get; init; }

    /// <summary>What labels and operations carry besides: large ones fill logs whose disk is full.</summary>
    public int PaddingBytes { get; init; }
}

internal enum ParticipantKind
{
    /// <summary>The SDK; the participant's log is its state.</summary>
    Logged,

    /// <summary>The SDK; the resource manager has a store of its own.</summary>
    OwnStore,

    /// <summary>Another language's, written from the contract alone.</summary>
    Foreign,
}

internal sealed record ParticipantPlan(ParticipantKind Kind, ParticipantFlags Flags, int SegmentBytes, int CheckpointBytes);

internal sealed record CoordinatorPlan
{
    public required CoordinatorOptions Options { get; init; }

    public required int SegmentBytes { get; init; }

    public required int CheckpointBytes { get; init; }

    public required TimeSpan AttemptTimeout { get; init; }
}

/// <summary>What a client does with one transaction.</summary>
internal enum Habit
{
    /// <summary>One call with all branches.</summary>
    Run,

    /// <summary>The same, answered at once; then it asks for the outcome.</summary>
    Background,

    /// <summary>Begins, enlists branch after branch, commits.</summary>
    StepByStep,

    /// <summary>Begins, enlists, and rolls back.</summary>
    RollBack,

    /// <summary>Begins, enlists, and is never heard of again.</summary>
    Vanish,

    /// <summary>Commits and rolls back at once, and asks twice.</summary>
    Quarrel,
}

internal sealed record Transfer
{
    public required int Number { get; init; }

    public required TimeSpan At { get; init; }

    public required int Client { get; init; }

    public required Habit Habit { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required IReadOnlyList<Leg> Legs { get; init; }

    /// <summary>Null where the client has no key, and so never repeats.</summary>
    public string? Key { get; init; }

    /// <summary>What it locks first: with its one call, or, where it enlists branch by branch, one key after the other in this order.</summary>
    public IReadOnlyList<LockWant> Locks { get; init; } = [];

    /// <summary>For each of those requests.</summary>
    public TimeSpan LockWait { get; init; }

    /// <summary>It asks for the first key, and, without waiting for the answer, for all of them together: that request stands behind the first.</summary>
    public bool LocksAtOnce { get; init; }
}

/// <summary>One participant's share: an amount into an account (or out of it, where negative); or between two accounts of its own.</summary>
internal sealed record Leg(int Participant, int Account, int Amount, int OtherAccount = Leg.None)
{
    internal const int None = -1;

    /// <summary>No bank has it: the vote is no.</summary>
    internal const int NoSuchAccount = 9;
}

/// <summary>The network between two moments.</summary>
/// <param name="Loss">That a message is lost.</param>
/// <param name="Reset">That a lost one is noticed: the connection breaks.</param>
/// <param name="Duplication">That a message comes a second time.</param>
/// <param name="Latency">The ordinary way takes up to this.</param>
/// <param name="Straggling">That a message takes much longer, beyond every timeout perhaps.</param>
/// <param name="Longest">How much longer.</param>
internal sealed record Weather(double Loss, double Reset, double Duplication, TimeSpan Latency, double Straggling, TimeSpan Longest)
{
    internal static Weather Fair { get; } = new(0, 0, 0, TimeSpan.FromMilliseconds(1), 0, TimeSpan.Zero);
}

/// <summary>Something goes wrong. Nodes: 0 is the coordinator, then the participants.</summary>
[JsonDerivedType(typeof(Kill), "kill")]
[JsonDerivedType(typeof(KillAtPoint), "kill-at-point")]
[JsonDerivedType(typeof(Pause), "pause")]
[JsonDerivedType(typeof(StepClock), "step-clock")]
[JsonDerivedType(typeof(Cut), "cut")]
[JsonDerivedType(typeof(Storm), "storm")]
[JsonDerivedType(typeof(FailWrite), "fail-write")]
[JsonDerivedType(typeof(FailSync), "fail-sync")]
[JsonDerivedType(typeof(FillDisk), "fill-disk")]
[JsonDerivedType(typeof(SlowDisk), "slow-disk")]
[JsonDerivedType(typeof(Intruder), "intruder")]
[JsonDerivedType(typeof(Stranger), "stranger")]
[JsonDerivedType(typeof(Restore), "restore")]
internal abstract record Fault(TimeSpan At)
{
    /// <summary>Killed between two turns.</summary>
    internal sealed record Kill(TimeSpan At, int Node, PowerLoss Loss, TimeSpan DownFor) : Fault(At);

    /// <summary>Killed at the how-manieth crash point from then on, in a recovery as well as at work.</summary>
    /// <param name="InSync">Only those within a sync count: all that it should make durable is still at stake.</param>
    internal sealed record KillAtPoint(TimeSpan At, int Node, int Countdown, PowerLoss Loss, TimeSpan DownFor, bool InSync = false) : Fault(At);

    internal sealed record Pause(TimeSpan At, int Node, TimeSpan For) : Fault(At);

    internal sealed record StepClock(TimeSpan At, int Node, TimeSpan By) : Fault(At);

    /// <summary>Nothing passes from one to the other; both ways, or one way only.</summary>
    internal sealed record Cut(TimeSpan At, int From, int To, bool BothWays, TimeSpan For) : Fault(At);

    internal sealed record Storm(TimeSpan At, Weather Weather, TimeSpan For) : Fault(At);

    internal sealed record FailWrite(TimeSpan At, int Node, int InCalls) : Fault(At);

    internal sealed record FailSync(TimeSpan At, int Node, int InCalls) : Fault(At);

    internal sealed record FillDisk(TimeSpan At, int Node, TimeSpan For) : Fault(At);

    internal sealed record SlowDisk(TimeSpan At, int Node, TimeSpan Latency, TimeSpan For) : Fault(At);

    /// <summary>A second process starts on the data directory of the first.</summary>
    internal sealed record Intruder(TimeSpan At) : Fault(At);

    /// <summary>Another coordinator's transaction is prepared at a participant; nobody here may touch it.</summary>
    internal sealed record Stranger(TimeSpan At, int Node) : Fault(At);

    /// <summary>The coordinator is put back on a copy of its disk, and told so.</summary>
    /// <param name="CopyAt">When the copy was taken.</param>
    internal sealed record Restore(TimeSpan At, TimeSpan CopyAt) : Fault(At);
}
