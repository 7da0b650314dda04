namespace Concordat.Simulation;

/// <summary>Takes a participant out of a plan: nobody may need it, and those behind it get new numbers.</summary>
internal static class PlanCutting
{
    /// <returns>Null where a transfer still needs it.</returns>
    internal static Plan? WithoutParticipant(Plan plan, int number)
    {
        if (plan.Transfers.Any(t => t.Legs.Any(leg => leg.Participant == number)) || plan.Sagas.Any(s => s.Steps.Any(step => Needs(step, number))))
        {
            return null;
        }

        int Renumber(int node) => node > number && node <= plan.Participants.Count ? node - 1 : node;
        return plan with
        {
            Participants = [.. plan.Participants.Where((_, i) => i + 1 != number)],
            Transfers = [.. plan.Transfers.Select(t => t with { Legs = [.. t.Legs.Select(leg => leg with { Participant = Renumber(leg.Participant) })] })],
            Sagas = [.. plan.Sagas.Select(s => s with { Steps = [.. s.Steps.Select(step => Renumbered(step, Renumber))] })],
            Faults = [.. plan.Faults.Where(f => !NodesOf(f).Contains(number)).Select(f => Renumbered(f, Renumber))],
        };
    }

    private static bool Needs(SagaStepPlan step, int number) => step.Legs.Count > 0 ? step.Legs.Any(leg => leg.Participant == number) : step.Participant == number;

    private static SagaStepPlan Renumbered(SagaStepPlan step, Func<int, int> renumber) =>
        step with { Participant = renumber(step.Participant), Legs = [.. step.Legs.Select(leg => leg with { Participant = renumber(leg.Participant) })] };

    private static int[] NodesOf(Fault fault) => fault switch
    {
        Fault.Kill f => [f.Node],
        Fault.KillAtPoint f => [f.Node],
        Fault.Pause f => [f.Node],
        Fault.StepClock f => [f.Node],
        Fault.Cut f => [f.From, f.To],
        Fault.FailWrite f => [f.Node],
        Fault.FailSync f => [f.Node],
        Fault.FillDisk f => [f.Node],
        Fault.SlowDisk f => [f.Node],
        Fault.Stranger f => [f.Node],
        _ => [],
    };

    private static Fault Renumbered(Fault fault, Func<int, int> renumber) => fault switch
    {
        Fault.Kill f => f with { Node = renumber(f.Node) },
        Fault.KillAtPoint f => f with { Node = renumber(f.Node) },
        Fault.Pause f => f with { Node = renumber(f.Node) },
        Fault.StepClock f => f with { Node = renumber(f.Node) },
        Fault.Cut f => f with { From = renumber(f.From), To = renumber(f.To) },
        Fault.FailWrite f => f with { Node = renumber(f.Node) },
        Fault.FailSync f => f with { Node = renumber(f.Node) },
        Fault.FillDisk f => f with { Node = renumber(f.Node) },
        Fault.SlowDisk f => f with { Node = renumber(f.Node) },
        Fault.Stranger f => f with { Node = renumber(f.Node) },
        _ => fault,
    };
}
