using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>Some trouble needs several rare things together, on one machine or one after the other. One run in four draws them together.</summary>
internal static class Theme
{
    private static readonly Func<Plan, Dice, Plan>[] _all = [FailingMachine, FullDisks, LateEchoes];

    internal static Plan Draw(Plan plan, Dice dice) => dice.Chance(0.25) ? dice.Pick<Func<Plan, Dice, Plan>>(_all)(plan, dice) : plan;

    /// <summary>Its disk is slow, so that much is unsynced when the power goes, and the power goes again soon after it came back.</summary>
    private static Plan FailingMachine(Plan plan, Dice dice)
    {
        var node = dice.Below(1 + plan.Participants.Count);
        var latency = TimeSpan.FromMilliseconds(dice.Pick([10, 50, 200, 1000]));
        var rush = plan.HealAt / dice.Between(1, 4);
        var faults = new List<Fault> { new Fault.SlowDisk(TimeSpan.Zero, node, latency, plan.HealAt) };
        for (var begun = TimeSpan.Zero; begun < plan.HealAt; begun += rush)
        {
            // Several in a row: the second meets what the first one left.
            var at = begun;
            for (var i = dice.Between(1, 8); i > 0; i--)
            {
                at += dice.Between(TimeSpan.Zero, dice.Chance(0.5) ? latency * 2 : rush / 5);
                var loss = dice.Pick([PowerLoss.Sectors, PowerLoss.Sectors, PowerLoss.Prefix, PowerLoss.All, PowerLoss.None]);
                faults.Add(new Fault.KillAtPoint(at, node, dice.Pick([1, 1, 2, 3]), loss, TimeSpan.FromMilliseconds(dice.Between(1, 50)), InSync: true));
            }
        }

        return plan with
        {
            // Many at once make one write of many records.
            Transfers = [.. plan.Transfers.Select(t => t with { At = (rush * Math.Floor(t.At / rush)) + dice.Between(TimeSpan.Zero, latency) })],
            Faults = faults,
            Participants = [.. plan.Participants.Select(p => Keeping(p, 1))],
            PaddingBytes = dice.Pick([0, 0, 500, 1500]),
        };
    }

    /// <summary>No participant's log can grow for most of the time, and what it keeps is large; what it refused may come again when there is room.</summary>
    private static Plan FullDisks(Plan plan, Dice dice)
    {
        var full = plan.Participants.Select((_, i) => (Fault)new Fault.FillDisk(TimeSpan.Zero, i + 1, dice.Between(plan.HealAt / 8, plan.HealAt)));
        var (alone, busiest) = (dice.Pick([0, 0.5, 0.9]), dice.Between(1, plan.Participants.Count));
        return plan with
        {
            Transfers = [.. plan.Transfers.Select(t => dice.Chance(alone) ? t with { Legs = [WithinOneBank(t.Legs[0], busiest)] } : t)],
            Faults = [.. plan.Faults, .. full],
            Participants = [.. plan.Participants.Select(p => Keeping(p, 64) with { Flags = p.Flags with { OnePhase = p.Kind != ParticipantKind.Foreign } })],
            Weather = plan.Weather with { Duplication = 0.4, Straggling = 0.3, Longest = plan.HealAt / 2 },
            PaddingBytes = dice.Pick([1500, 2500]),
        };
    }

    /// <summary>All begins early, is repeated by the network much later, and meets participants that were restarted meanwhile.</summary>
    private static Plan LateEchoes(Plan plan, Dice dice)
    {
        var early = plan.HealAt / 4;
        var kills = plan.Participants.Select((_, i) => (Fault)new Fault.Kill(early + dice.Between(TimeSpan.Zero, early), i + 1, PowerLoss.None, TimeSpan.FromMilliseconds(10)));
        return plan with
        {
            Transfers = [.. plan.Transfers.Select(t => t with { At = t.At / 4 })],
            Faults = [.. plan.Faults.Where(_ => dice.Chance(0.3)), .. kills],
            Participants = [.. plan.Participants.Select(p => Keeping(p, 1))],
            Weather = new Weather(Loss: 0, Reset: 0, Duplication: 0.5, TimeSpan.FromMilliseconds(5), Straggling: 0.15, Longest: plan.HealAt),
        };
    }

    private static Leg WithinOneBank(Leg leg, int participant) => leg with { Participant = participant, OtherAccount = (leg.Account + 1) % Accounts.Count };

    private static ParticipantPlan Keeping(ParticipantPlan plan, int checkpointKiB) => plan with { SegmentBytes = 16 * 1024, CheckpointBytes = checkpointKiB * 1024 };
}
