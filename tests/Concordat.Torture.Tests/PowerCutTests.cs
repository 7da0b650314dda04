using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>The power goes under a real file system, with everything in it that was not synced.</summary>
public sealed class PowerCutTests : TortureTest
{
    private const int CutsPerRound = 3;
    private readonly Disks _disks = new();

    [Fact]
    public async Task I6_I7_I8_I16_whatever_disk_loses_its_power_nothing_that_was_answered_is_lost()
    {
        var world = await StartAsync(_disks);
        await CutsLoseWhatWasNotSyncedAsync(world);
        var cuts = new Deck<Func<Task>>(
            Dice, () => CutOneDiskAsync(world.Coordinator), () => CutOneDiskAsync(Any(world.Banks)), () => CutEverythingAsync(world));
        await RoundsAsync(world, Times(9, 100), async load =>
        {
            for (var i = 0; i < CutsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(0, 50));
                await cuts.Draw()();
            }
        });
    }

    /// <summary>The processes go on without their disk: whoever notices must stop by itself.</summary>
    private async Task CutOneDiskAsync(Service victim)
    {
        _disks.Cut(victim.Name, journalWritten: Dice.Next(2) == 0);
        var exitCode = await Until.EndsAsync($"{victim.Name}, whose disk is gone,", victim.Process.Exited);
        Assert.True(exitCode is 1 or 128 + 6, $"{victim.Name} ended with {exitCode} when its disk was gone; it said\n{victim.Process.Output}");
        await _disks.SwitchOnAsync(victim.Name);
        await victim.StartAsync();
        Count($"cuts under {victim.Name}");
    }

    /// <summary>The power of the whole computer: nobody notices anything any more.</summary>
    private async Task CutEverythingAsync(World world)
    {
        var journalWritten = Dice.Next(2) == 0;
        foreach (var victim in world.Everybody)
        {
            _disks.Cut(victim.Name, journalWritten);
        }

        await Task.WhenAll(world.Everybody.Select(v => v.KillAsync()));
        foreach (var victim in world.Everybody)
        {
            await _disks.SwitchOnAsync(victim.Name);
        }

        await Task.WhenAll(world.Everybody.Select(v => v.StartAsync()));
        Count("cuts under everything");
    }

    /// <summary>Otherwise these tests would show nothing.</summary>
    private async Task CutsLoseWhatWasNotSyncedAsync(World world)
    {
        var victim = Any(world.Banks);
        var (synced, unsynced) = (_disks.FileOn(victim.Name, "synced"), _disks.FileOn(victim.Name, "unsynced"));
        await victim.KillAsync();
        await using (var file = File.Create(synced))
        {
            file.Write("kept"u8);
            file.Flush(flushToDisk: true);
        }

        await File.WriteAllTextAsync(unsynced, "gone");
        _disks.Cut(victim.Name, journalWritten: false);
        await _disks.SwitchOnAsync(victim.Name);
        Assert.Equal("kept", await File.ReadAllTextAsync(synced));
        Assert.False(File.Exists(unsynced) && await File.ReadAllTextAsync(unsynced) == "gone", "what was not synced outlived the cut");
        await victim.StartAsync();
    }
}
