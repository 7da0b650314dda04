namespace Concordat.Simulation;

/// <summary>
/// Makes a failing plan small: faults first, then transfers, then participants, then the weather; halves first, then one by one, as long as
/// the same invariant breaks ("Simplifying and Isolating Failure-Inducing Input", Zeller and Hildebrandt, IEEE TSE 2002).
/// </summary>
internal static class Shrinker
{
    private const int MostRuns = 3000;

    internal static Plan Shrink(Plan plan, string invariant) => Shrink(
        plan,
        candidate => new SimulationRun(candidate, new Coverage(), KillSteps.None, told: false).Play().Violation?.Invariant == invariant);

    internal static Plan Shrink(Plan plan, Func<Plan, bool> isBroken)
    {
        var runs = 0;
        bool Fails(Plan candidate) => runs++ < MostRuns && isBroken(candidate);

        for (var before = (Plan?)null; !ReferenceEquals(before, plan);)
        {
            before = plan;
            plan = Reduce(plan, p => p.Faults, (p, faults) => p with { Faults = faults }, Fails);
            plan = Reduce(plan, p => p.Transfers, (p, transfers) => p with { Transfers = transfers }, Fails);
            plan = Reduce(plan, p => p.Sagas, (p, sagas) => p with { Sagas = sagas }, Fails);
            plan = WithoutParticipants(plan, Fails);
            plan = Simplest(plan, Fails);
        }

        return plan;
    }

    private static Plan Reduce<T>(Plan plan, Func<Plan, IReadOnlyList<T>> part, Func<Plan, IReadOnlyList<T>, Plan> with, Func<Plan, bool> fails)
    {
        for (var size = part(plan).Count; size >= 1; size /= 2)
        {
            for (var from = 0; from < part(plan).Count;)
            {
                var items = part(plan);
                var candidate = with(plan, [.. items.Take(from), .. items.Skip(from + size)]);
                if (fails(candidate))
                {
                    plan = candidate;
                }
                else
                {
                    from += size;
                }
            }
        }

        return plan;
    }

    private static Plan WithoutParticipants(Plan plan, Func<Plan, bool> fails)
    {
        for (var number = plan.Participants.Count; number >= 1 && plan.Participants.Count > 1; number--)
        {
            if (PlanCutting.WithoutParticipant(plan, number) is { } candidate && fails(candidate))
            {
                plan = candidate;
            }
        }

        return plan;
    }

    private static Plan Simplest(Plan plan, Func<Plan, bool> fails)
    {
        ReadOnlySpan<Func<Plan, Plan>> simpler =
        [
            p => p with { Weather = Weather.Fair },
            p => p with { Weather = p.Weather with { Straggling = 0 } },
            p => p with { Weather = p.Weather with { Duplication = 0 } },
            p => p with { Weather = p.Weather with { Loss = 0 } },
            p => p with { ResourceFailure = 0 },
            p => p with { PaddingBytes = 0 },
            p => p with { OnTheWire = false },
        ];
        foreach (var simplify in simpler)
        {
            var candidate = simplify(plan);
            if (candidate != plan && fails(candidate))
            {
                plan = candidate;
            }
        }

        return plan;
    }
}
