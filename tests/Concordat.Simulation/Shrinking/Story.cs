using System.Globalization;
using System.Text;

namespace Concordat.Simulation;

/// <summary>A run in words: what was planned, then what happened, line by line.</summary>
internal static class Story
{
    internal static string Of(Plan plan, SimulationResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"seed {plan.Seed}: ");
        text.AppendLine(result.Violation is { } violation ? violation.Message : "every invariant held");
        for (var i = 0; i < plan.Participants.Count; i++)
        {
            var p = plan.Participants[i];
            text.AppendLine(CultureInfo.InvariantCulture, $"  p{i + 1}: {p.Kind}{(p.Flags.OnePhase ? ", one phase" : "")}{(p.Flags.Inquires ? ", inquires" : "")}");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  network: {plan.Weather}");
        foreach (var transfer in plan.Transfers.OrderBy(t => t.At))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  at {transfer.At.TotalSeconds:0.000}: transfer {transfer.Number}, {transfer.Habit}, {transfer.Timeout.TotalSeconds:0.###} s, {string.Join(" and ", transfer.Legs.Select(Say))}");
        }

        foreach (var saga in plan.Sagas.OrderBy(s => s.At))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  at {saga.At.TotalSeconds:0.000}: saga {saga.Number}, {saga.Timeout.TotalSeconds:0.###} s, {string.Join(" and ", saga.Steps.Select(Say))}");
        }

        foreach (var fault in plan.Faults.OrderBy(f => f.At))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  at {fault.At.TotalSeconds:0.000}: fault {fault}");
        }

        text.AppendLine();
        foreach (var line in result.Story)
        {
            text.AppendLine(line);
        }

        if (result.Violation is { } end)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"            BROKEN       {end.Message}");
        }

        return text.ToString();
    }

    private static string Say(SagaStepPlan step) =>
        (step.Legs.Count > 0 ? $"a transaction ({string.Join(", ", step.Legs.Select(Say))})" : $"a call of p{step.Participant} ({step.Service})") + (step.After is { } after ? $" after [{string.Join(" ", after)}]" : "");

    private static string Say(Leg leg) => leg.OtherAccount == Leg.None
        ? $"{leg.Amount} on account {leg.Account} of p{leg.Participant}"
        : $"{leg.Amount} on account {leg.Account} and back on {leg.OtherAccount} of p{leg.Participant}";
}
