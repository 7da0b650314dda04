namespace Concordat.Simulation;

/// <summary>Draws what goes wrong in one run: which kinds at all, then each fault of one of them.</summary>
internal static class FaultDrawing
{
    private delegate Fault Draw1(Dice dice, TimeSpan at, int node, int nodes);

    private static readonly Draw1[] _kinds =
    [
        (dice, at, node, _) => new Fault.Kill(at, node, Loss(dice), Down(dice)),
        (dice, at, node, _) => new Fault.KillAtPoint(at, node, dice.Between(1, dice.Pick([4, 30, 200])), Loss(dice), Down(dice)),
        (dice, at, node, _) => new Fault.KillAtPoint(at, node, dice.Between(1, dice.Pick([4, 30, 200])), Loss(dice), Down(dice)),
        (dice, at, node, _) => new Fault.KillAtPoint(at, node, dice.Between(1, 20), Loss(dice), Down(dice), InSync: true),
        (dice, at, node, _) => new Fault.Pause(at, node, dice.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(dice.Pick([1, 15, 70])))),
        (dice, at, node, _) => new Fault.StepClock(at, node, dice.Between(TimeSpan.FromHours(-1), TimeSpan.FromHours(1))),
        (dice, at, node, nodes) => new Fault.Cut(at, node, Other(dice, node, nodes), dice.Chance(0.5), dice.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(30))),
        (dice, at, _, _) => new Fault.Storm(at, PlanDrawing.DrawWeather(dice, 0.3), dice.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10))),
        (dice, at, node, _) => new Fault.FailWrite(at, node, dice.Between(1, 20)),
        (dice, at, node, _) => new Fault.FailSync(at, node, dice.Between(1, 20)),
        // From the very beginning there is no spare segment yet: that is where a log really fills up.
        (dice, at, node, _) => new Fault.FillDisk(dice.Chance(0.25) ? TimeSpan.Zero : at, node, dice.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(dice.Pick([20, 60])))),
        (dice, at, node, _) => new Fault.SlowDisk(at, node, dice.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(3)), dice.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10))),
        (_, at, _, _) => new Fault.Intruder(at),
        (dice, at, _, nodes) => new Fault.Stranger(at, dice.Between(1, nodes - 1)),
    ];

    internal static List<Fault> Draw(Dice dice, int count, IReadOnlyList<ParticipantPlan> participants, TimeSpan window)
    {
        var nodes = 1 + participants.Count;
        var kinds = _kinds.Where(_ => dice.Chance(0.5)).ToArray();
        if (kinds.Length == 0)
        {
            kinds = _kinds;
        }

        var faults = new List<Fault>(count);
        for (var i = 0; i < count; i++)
        {
            // Half of them hit the coordinator: there is one of it, and it has the most to lose.
            var node = dice.Chance(0.5) ? 0 : dice.Between(1, nodes - 1);
            faults.Add(dice.Pick<Draw1>(kinds)(dice, dice.Between(TimeSpan.Zero, window), node, nodes));
        }

        return faults;
    }

    private static PowerLoss Loss(Dice dice) => dice.Pick([PowerLoss.None, PowerLoss.All, PowerLoss.Prefix, PowerLoss.Sectors]);

    private static TimeSpan Down(Dice dice) => dice.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(dice.Pick([1, 1, 15])));

    private static int Other(Dice dice, int node, int nodes)
    {
        var other = dice.Below(nodes - 1);
        return other < node ? other : other + 1;
    }
}
