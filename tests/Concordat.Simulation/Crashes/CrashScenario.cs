using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>One transfer in fair weather, two that lock the same key, or a saga: what every crash is tried on.</summary>
/// <param name="Participants">Two or three, of both kinds of the SDK.</param>
/// <param name="Commits">All vote yes, or the last votes no.</param>
/// <param name="Inquires">Whether they ask by themselves, so that the begin need not be forced.</param>
/// <param name="OnePhase">One participant alone, prepare and commit in one call.</param>
/// <param name="Locks">Another transfer, branch by branch, waits for the key that the first one holds.</param>
/// <param name="Saga">Instead of the transfer a saga: a call, a transaction of all, a call that is done or refused.</param>
public sealed record CrashScenario(int Participants, bool Commits, bool Inquires, bool OnePhase = false, bool Locks = false, bool Saga = false)
{
    private static readonly LockWant[] _key = [new("l0", LockMode.Exclusive)];

    /// <summary>Two and three participants, commit and abort, with and without a forced begin; one phase; and locks.</summary>
    public static IReadOnlyList<CrashScenario> All { get; } =
    [
        new(2, Commits: true, Inquires: true),
        new(2, Commits: true, Inquires: false),
        new(2, Commits: false, Inquires: true),
        new(2, Commits: false, Inquires: false),
        new(3, Commits: true, Inquires: true),
        new(3, Commits: true, Inquires: false),
        new(3, Commits: false, Inquires: true),
        new(3, Commits: false, Inquires: false),
        new(1, Commits: true, Inquires: true, OnePhase: true),
        new(1, Commits: false, Inquires: true, OnePhase: true),
        new(2, Commits: true, Inquires: true, Locks: true),
        new(2, Commits: true, Inquires: true, Saga: true),
        new(2, Commits: false, Inquires: true, Saga: true),
    ];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Participants} {(Participants == 1 ? "participant" : "participants")}, {(OnePhase ? "one phase, " : "")}{(Saga ? Commits ? "a saga that completes" : "a saga that compensates" : Commits ? "commit" : "abort")}{(Inquires ? "" : ", begin forced")}{(Locks ? ", locks" : "")}";

    internal Plan Plan() => new()
    {
        Seed = 0,
        RunSeed = 1,
        Participants = [.. Enumerable.Range(0, Participants).Select(i => new ParticipantPlan(
            i % 2 == 0 ? ParticipantKind.Logged : ParticipantKind.OwnStore, new ParticipantFlags(OnePhase, Inquires), 16 * 1024, 64 * 1024))],
        Clients = 1,
        Sagas = Saga ? [Errand()] : [],
        Transfers = Saga ? [] :
        [
            new Transfer
            {
                Number = 1,
                At = TimeSpan.FromSeconds(2),
                Client = 0,
                Habit = Habit.Run,
                Timeout = TimeSpan.FromSeconds(20),
                Key = "k",
                Legs = Legs(),
                Locks = Locks ? _key : [],
            },
            .. Locks ? [Second()] : Array.Empty<Transfer>(),
        ],
        Faults = [],
        Weather = Weather.Fair,
        Coordinator = new CoordinatorPlan
        {
            SegmentBytes = 64 * 1024,
            CheckpointBytes = 64 * 1024,
            AttemptTimeout = TimeSpan.FromSeconds(1),
            Options = new CoordinatorOptions(),
        },
        HealAt = TimeSpan.FromSeconds(3),
    };

    private SagaPlan Errand() => new()
    {
        Number = 1,
        At = TimeSpan.FromSeconds(2),
        Client = 0,
        Timeout = TimeSpan.FromSeconds(60),
        Key = "k",
        Steps =
        [
            new() { Participant = 1, Service = Service.Good },
            new() { Participant = 1, Service = Service.Good, Legs = [new Leg(1, 0, -10), new Leg(2, 0, 10)] },
            new() { Participant = 2, Service = Service.Good with { Refuses = !Commits }, Uses = 0, After = [0, 1] },
        ],
    };

    /// <summary>Asks for the key while the first prepares.</summary>
    private Transfer Second() => new()
    {
        Number = 2,
        At = TimeSpan.FromSeconds(2) + TimeSpan.FromMilliseconds(1),
        Client = 0,
        Habit = Habit.StepByStep,
        Timeout = TimeSpan.FromSeconds(20),
        Key = "k2",
        Legs = Legs(),
        Locks = _key,
        LockWait = TimeSpan.FromSeconds(10),
    };

    private List<Leg> Legs()
    {
        if (Participants == 1)
        {
            return [new Leg(1, Commits ? 0 : Leg.NoSuchAccount, -10, 1)];
        }

        var legs = new List<Leg>();
        for (var i = 1; i <= Participants; i++)
        {
            var isLast = i == Participants;
            legs.Add(new Leg(i, isLast && !Commits ? Leg.NoSuchAccount : 0, isLast ? 10 * (Participants - 1) : -10));
        }

        return legs;
    }
}
