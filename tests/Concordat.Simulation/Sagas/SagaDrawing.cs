namespace Concordat.Simulation;

/// <summary>Draws the sagas of a plan: rows and graphs of calls and transactions, and services of all tempers.</summary>
internal static class SagaDrawing
{
    /// <param name="NoSuchAccount">That a transaction cannot be done.</param>
    private sealed record Temper(double Refusal, double NoSuchAccount, double Failure, TimeSpan Slow);

    internal static Plan Draw(Plan plan, SimulationOptions options, Dice dice)
    {
        var count = dice.Between(1, dice.Pick([2, 4, 10]));
        var temper = new Temper(dice.Pick([0, 0.05, 0.2]), 0.1, dice.Pick([0, 0.1, 0.4]), TimeSpan.FromMilliseconds(dice.Pick([0, 0, 200, 5000, 30_000])));
        if (options.SuccessProbability is { } success)
        {
            // Who says how often an operation succeeds, gets that.
            temper = new Temper(1 - success, 1 - success, 0, TimeSpan.Zero);
        }

        var transactions = dice.Pick([0, 0.2, 0.5]);
        return plan with
        {
            Faults = AgainRestored(plan, dice),
            Sagas = [.. Enumerable.Range(1, count).Select(number => Saga(plan, dice, number, temper, transactions))],
            Coordinator = plan.Coordinator with { Options = plan.Coordinator.Options with { MaxSagas = dice.Pick([2, 1000, 1000]) } },
        };
    }

    /// <summary>What a person says of one copy says nothing of the next.</summary>
    private static IReadOnlyList<Fault> AgainRestored(Plan plan, Dice dice)
    {
        if (plan.Faults.OfType<Fault.Restore>().FirstOrDefault() is not { } first || !dice.Chance(0.5))
        {
            return plan.Faults;
        }

        // Before everything heals, which is two seconds after the first can be at the latest.
        var at = dice.Between(first.At + TimeSpan.FromSeconds(1), plan.HealAt - TimeSpan.FromMilliseconds(1));
        return [.. plan.Faults, new Fault.Restore(at, dice.Between(first.At + TimeSpan.FromMilliseconds(1), at))];
    }

    private static SagaPlan Saga(Plan plan, Dice dice, int number, Temper temper, double transactions)
    {
        var steps = new List<SagaStepPlan>();
        var isRow = dice.Chance(0.5);
        for (var i = dice.Between(1, 5); i > 0; i--)
        {
            steps.Add(Step(plan, dice, steps, isRow, temper, transactions));
        }

        return new SagaPlan
        {
            Number = number,
            At = TimeSpan.FromMilliseconds(100) + dice.Between(TimeSpan.Zero, plan.HealAt),
            Client = dice.Below(plan.Clients),
            Timeout = TimeSpan.FromSeconds(dice.Pick([1, 10, 60, 3600])),
            Steps = steps,
            Key = dice.Chance(0.6) ? "saga" + number : null,
            CancelAfter = dice.Chance(0.15) ? dice.Between(TimeSpan.Zero, TimeSpan.FromSeconds(dice.Pick([1, 20]))) : null,
            MeddleAfter = dice.Chance(0.2) ? dice.Between(TimeSpan.Zero, TimeSpan.FromSeconds(dice.Pick([2, 30]))) : null,
        };
    }

    private static SagaStepPlan Step(Plan plan, Dice dice, List<SagaStepPlan> before, bool isRow, Temper temper, double transactions)
    {
        var participant = dice.Between(1, plan.Participants.Count);
        int[]? after = isRow ? null : [.. Enumerable.Range(0, before.Count).Where(_ => dice.Chance(0.4))];
        var isTransaction = dice.Chance(transactions);
        var isMoody = dice.Chance(0.5);
        // Calls only: transactions have no result.
        var use = after is null ? before.Count - 1 : after.Length > 0 ? dice.Pick<int>(after) : -1;
        return new SagaStepPlan
        {
            Participant = participant,
            After = after,
            Attempts = dice.Pick([1, 2, 3, 5]),
            Legs = isTransaction ? Legs(plan, dice, participant, temper) : [],
            HasCompensation = !dice.Chance(0.1),
            Uses = !isTransaction && use >= 0 && before[use].Legs.Count == 0 && dice.Chance(0.6) ? use : null,
            IsObstructed = dice.Chance(0.03),
            Service = new Service(
                dice.Chance(temper.Refusal),
                dice.Chance(temper.Refusal / 3),
                isMoody ? temper.Failure : 0,
                isMoody ? temper.Failure / 2 : 0,
                isMoody ? temper.Slow : TimeSpan.Zero),
        };
    }

    private static Leg[] Legs(Plan plan, Dice dice, int first, Temper temper)
    {
        var amount = dice.Between(1, 40);
        var account = dice.Chance(temper.NoSuchAccount) ? Leg.NoSuchAccount : dice.Below(Accounts.Count);
        return dice.Chance(0.2) || plan.Participants.Count == 1
            ? [new Leg(first, account, -amount, (account + 1) % Accounts.Count)]
            : [new Leg(first, account, -amount), new Leg(1 + (first % plan.Participants.Count), dice.Below(Accounts.Count), amount)];
    }
}
