using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>
/// Draws a plan from a seed. Each seed switches kinds of faults on and off for itself and turns each up or down ("Swarm Testing", Groce et
/// al., ISSTA 2012), since a run with everything at once reaches less than many runs with a few things each.
/// </summary>
internal static class PlanDrawing
{
    internal static Plan Draw(ulong seed, SimulationOptions options)
    {
        var dice = new Dice(seed);
        var runSeed = dice.Next();
        var participants = Participants(dice.Split(), options);
        var clients = options.Clients ?? dice.Between(1, 4);
        var window = dice.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(40));
        var transfers = Transfers(dice.Split(), options, participants.Count, clients, window);
        var faults = FaultDrawing.Draw(dice.Split(), options.Faults ?? (dice.Chance(0.04) ? 0 : dice.Between(2, 11)), participants, window);
        if (options.Faults is null && dice.Chance(0.04))
        {
            var restoredAt = dice.Between(TimeSpan.FromSeconds(1), window);
            faults.Add(new Fault.Restore(restoredAt, dice.Between(TimeSpan.Zero, restoredAt)));
        }

        var plan = new Plan
        {
            Seed = seed,
            RunSeed = runSeed,
            Participants = participants,
            Clients = clients,
            Transfers = transfers,
            Faults = faults,
            Weather = WeatherOf(dice.Split(), options),
            Coordinator = Coordinator(dice.Split()),
            HealAt = window + TimeSpan.FromSeconds(2),
            OnTheWire = dice.Chance(0.125),
            ResourceFailure = options.SuccessProbability is { } success ? 1 - success : dice.Chance(0.3) ? dice.Pick([0.02, 0.1, 0.3]) : 0,
            PaddingBytes = dice.Chance(0.15) ? dice.Pick([500, 1500, 2500]) : 0,
        };

        // Who says how many faults there are, or what arrives, gets that.
        plan = options.Faults is null && options.SendProbability is null ? Theme.Draw(plan, dice.Split()) : plan;
        plan = dice.Chance(0.3) ? plan with { Transfers = WithLocks(plan.Transfers, dice.Split()) } : plan;
        return dice.Chance(0.3) ? SagaDrawing.Draw(plan, options, dice.Split()) : plan;
    }

    /// <summary>Few keys for many, and in no order: so that they wait, upgrade and deadlock.</summary>
    private static Transfer[] WithLocks(IReadOnlyList<Transfer> transfers, Dice dice)
    {
        var keys = dice.Between(1, 5);
        var shared = dice.Pick([0, 0.3, 0.7]);
        return [.. transfers.Select(transfer => dice.Chance(0.2) ? transfer : transfer with
        {
            Locks = [.. Enumerable.Range(0, dice.Between(1, 3)).Select(_ => new LockWant("l" + dice.Below(keys), dice.Chance(shared) ? LockMode.Shared : LockMode.Exclusive))],
            LockWait = TimeSpan.FromMilliseconds(dice.Pick([0, 500, 5_000, 20_000])),
            LocksAtOnce = dice.Chance(0.3),
        })];
    }

    internal static Weather DrawWeather(Dice dice, double? loss) => new(
        loss ?? (dice.Chance(0.5) ? dice.Pick([0.005, 0.02, 0.1, 0.3]) : 0),
        dice.Chance(0.5) ? 0.5 : 0,
        dice.Chance(0.5) ? dice.Pick([0.01, 0.05, 0.3]) : 0,
        TimeSpan.FromMilliseconds(dice.Pick([1, 5, 50, 500])),
        dice.Chance(0.5) ? dice.Pick([0.005, 0.03, 0.1]) : 0,
        TimeSpan.FromSeconds(dice.Pick([1, 15, 60, 400])));

    private static Weather WeatherOf(Dice dice, SimulationOptions options) =>
        options.SendProbability is { } sent ? DrawWeather(dice, 1 - sent)
        : dice.Chance(0.15) ? Weather.Fair
        : DrawWeather(dice, null);

    private static List<ParticipantPlan> Participants(Dice dice, SimulationOptions options)
    {
        var count = options.Participants ?? dice.Pick([2, 3, 3, 3, 4, 5]);
        var onePhase = dice.Chance(0.5);
        var plans = new List<ParticipantPlan>();
        for (var i = 0; i < count; i++)
        {
            var kind = dice.Pick([ParticipantKind.Logged, ParticipantKind.Logged, ParticipantKind.OwnStore, ParticipantKind.Foreign]);
            plans.Add(new ParticipantPlan(
                kind,
                new ParticipantFlags(OnePhase: onePhase && dice.Chance(0.5), Inquires: kind != ParticipantKind.Foreign || dice.Chance(0.4)),
                dice.Pick([16, 32, 64]) * 1024,
                dice.Pick([4, 16, 64]) * 1024));
        }

        return plans;
    }

    private static CoordinatorPlan Coordinator(Dice dice) => new()
    {
        SegmentBytes = dice.Pick([48, 64, 80]) * 1024,
        CheckpointBytes = dice.Pick([1, 4, 16, 64]) * 1024,
        AttemptTimeout = TimeSpan.FromSeconds(dice.Pick([1, 3, 10])),
        Options = new CoordinatorOptions
        {
            CallsPerParticipant = dice.Pick([1, 2, 64]),
            RetentionCount = dice.Pick([3, 10, 1000]),
            RetentionAge = dice.Pick([TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)]),
            MaxUndecided = dice.Pick([3, 10, 1000]),
            MaxBacklogPerParticipant = dice.Pick([3, 1000]),
        },
    };

    private static List<Transfer> Transfers(Dice dice, SimulationOptions options, int participants, int clients, TimeSpan window)
    {
        var count = options.Transactions ?? dice.Between(10, 32);
        var alone = dice.Pick([0.05, 0.15, 0.6]);
        var refusal = options.SuccessProbability is { } success ? 1 - success : dice.Pick([0, 0.02, 0.1, 0.3]);
        var transfers = new List<Transfer>(count);
        for (var i = 1; i <= count; i++)
        {
            transfers.Add(new Transfer
            {
                Number = i,
                At = TimeSpan.FromMilliseconds(100) + dice.Between(TimeSpan.Zero, window),
                Client = dice.Below(clients),
                Habit = dice.Pick([Habit.Run, Habit.Run, Habit.Run, Habit.Run, Habit.Background, Habit.StepByStep, Habit.StepByStep, Habit.RollBack, Habit.Vanish, Habit.Quarrel]),
                Timeout = TimeSpan.FromMilliseconds(dice.Pick([200, 2000, 10_000, 30_000])),
                Legs = Legs(dice, participants, alone, refusal),
                Key = dice.Chance(0.6) ? "k" + i : null,
            });
        }

        return transfers;
    }

    private static List<Leg> Legs(Dice dice, int participants, double alone, double refusal)
    {
        var legs = new List<Leg>();
        if (dice.Chance(alone))
        {
            // One participant alone, between two of its accounts: in one phase where it can.
            var from = dice.Below(Accounts.Count);
            legs.Add(new Leg(1 + dice.Below(participants), Refused(dice, from, refusal), -dice.Between(1, 60), (from + 1) % Accounts.Count));
            return legs;
        }

        var first = dice.Below(participants);
        var count = Math.Min(participants, dice.Pick([2, 2, 3, 4]));
        var sum = 0;
        for (var i = 0; i < count; i++)
        {
            // The last takes what the others gave, so that a transfer moves money and makes none.
            var amount = i == count - 1 ? -sum : dice.Chance(0.1) ? 0 : dice.Between(-60, 60);
            sum += amount;
            legs.Add(new Leg(1 + ((first + i) % participants), Refused(dice, dice.Below(Accounts.Count), refusal), amount));
        }

        return legs;
    }

    private static int Refused(Dice dice, int account, double refusal) => dice.Chance(refusal) ? Leg.NoSuchAccount : account;
}
