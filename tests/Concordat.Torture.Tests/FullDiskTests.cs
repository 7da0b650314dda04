using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>Disks that become full in the middle of the work, and have room again.</summary>
public sealed class FullDiskTests : TortureTest
{
    private const int DiskBytes = 8 * 1024 * 1024;

    // More than the files of a bank's log hold.
    private const int OutlivedBy = 700;

    [Fact]
    public async Task A_full_disk_refuses_what_is_new_loses_nothing_and_goes_on_when_there_is_room()
    {
        var disks = new SmallDisks(DiskBytes);
        var world = await StartAsync(disks);
        var cases = new Deck<(bool Coordinator, bool Kill)>(Dice, (true, false), (true, true), (false, false), (false, true));
        await RoundsAsync(world, Times(4, 40), async load =>
        {
            await load.IsToldAsync(Dice.Next(0, 50));
            var (isCoordinator, kill) = cases.Draw();
            var victim = isCoordinator ? world.Coordinator : Any(world.Banks);
            var what = await FillAsync(disks, load, victim, isCoordinator);
            if (kill)
            {
                // Not StartAsync: with its log full the coordinator is up, and not ready.
                await victim.KillAsync();
                await victim.LaunchAsync();
                what = await FillAsync(disks, load, victim, isCoordinator) + ", with a kill";
            }

            disks.Free(victim.Name);
            var before = load.Committed(victim.Name);
            await load.UntilAsync($"{victim.Name} takes part again", () => load.Committed(victim.Name) > before);
            Count(what);
        });
    }

    /// <summary>Fills the disk, and again what is let go on it, until that is felt or has been outlived.</summary>
    private static async Task<string> FillAsync(SmallDisks disks, Load load, Service victim, bool isCoordinator)
    {
        const string BankIsFull = "the participant's log is full";
        var (refused, votes, committed) = (load.Refused, load.AbortedBecause(BankIsFull), load.Committed(victim.Name));
        bool IsFelt() => isCoordinator ? load.Refused > refused : load.AbortedBecause(BankIsFull) > votes;

        // A bank's checkpoint lets a file go before it wants another one: then it never needs more than it has.
        bool IsOutlived() => !isCoordinator && load.Committed(victim.Name) > committed + OutlivedBy;
        await load.UntilAsync($"the full disk of {victim.Name} is felt", () =>
        {
            disks.Fill(victim.Name);
            return IsFelt() || IsOutlived();
        });
        return $"full disks of {(isCoordinator ? "the coordinator" : "a bank")}{(IsFelt() ? "" : ", outlived")}";
    }
}
