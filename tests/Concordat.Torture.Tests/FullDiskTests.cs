using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>Disks that become full in the middle of the work, and have room again.</summary>
public sealed class FullDiskTests : TortureTest
{
    private const int DiskBytes = 4 * 1024 * 1024;

    [Fact]
    public async Task A_full_disk_refuses_what_is_new_loses_nothing_and_goes_on_when_there_is_room()
    {
        var disks = new SmallDisks(DiskBytes);
        var world = await StartAsync(disks, new() { Retention = TimeSpan.FromSeconds(10) });
        await RoundsAsync(world, Times(4, 100), async load =>
        {
            await load.IsToldAsync(Dice.Next(0, 50));
            var victim = Dice.Next(2) == 0 ? world.Coordinator : Any(world.Banks);
            disks.Fill(victim.Name);
            await load.UntilAsync($"the full disk of {victim.Name} is felt", IsFelt(load, victim == world.Coordinator));
            var kills = Dice.Next(2) == 0;
            if (kills)
            {
                await victim.RestartAsync();
                await load.UntilAsync($"the full disk of {victim.Name} is felt after a restart", IsFelt(load, victim == world.Coordinator));
            }

            disks.Free(victim.Name);
            var before = load.CommittedOver(victim.Name);
            await load.UntilAsync($"{victim.Name} takes part again", () => victim == world.Coordinator ? load.CommittedOver(world.Banks[0].Name) > 0 : load.CommittedOver(victim.Name) > before);
            Count($"full disks of {(victim == world.Coordinator ? "the coordinator" : "a bank")}{(kills ? ", with a kill" : "")}");
        });
    }

    /// <summary>The coordinator says "not now"; a bank votes no.</summary>
    private static Func<bool> IsFelt(Load load, bool coordinator)
    {
        const string BankIsFull = "the participant's log is full";
        var (refused, votes) = (load.Refused, load.AbortedBecause(BankIsFull));
        return () => coordinator ? load.Refused > refused : load.AbortedBecause(BankIsFull) > votes;
    }
}
