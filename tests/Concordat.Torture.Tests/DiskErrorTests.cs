using Concordat.Torture.Tests.Machines;

namespace Concordat.Torture.Tests;

/// <summary>Writes and syncs that fail in the middle of the work, and kills at the n-th sync.</summary>
public sealed class DiskErrorTests : TortureTest
{
    private const int ErrorsPerRound = 3;
    private const string Sync = "fdatasync";
    private const string Write = "pwrite64,pwritev,pwritev2";

    // The server ends with 1; a participant of the SDK ends its process by an abort.
    private static readonly int[] ByItself = [1, 128 + 6];
    private static readonly int[] Killed = [128 + 9];
    private static readonly Fault[] Faults =
    [
        new("EIO of a sync", $"{Sync}:error=EIO", ByItself),
        new("ENOSPC of a sync", $"{Sync}:error=ENOSPC", ByItself),
        new("EIO of a write", $"{Write}:error=EIO", ByItself),
        new("ENOSPC of a write", $"{Write}:error=ENOSPC", ByItself),
        new("kill at a write", $"{Write}:signal=KILL", Killed),
        new("kill at a sync", $"{Sync}:signal=KILL", Killed),
    ];

    [Fact]
    public async Task I6_I7_whatever_write_or_sync_fails_its_process_stops_at_once_and_a_restart_has_lost_nothing()
    {
        var world = await StartAsync(new Machine());
        var faults = new Deck<Fault>(Dice, Faults);
        var victims = new Deck<Func<Service>>(Dice, () => world.Coordinator, () => Any(world.Banks));
        await RoundsAsync(world, Times(12, 120), async load =>
        {
            for (var i = 0; i < ErrorsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(0, 20));
                var (victim, fault) = (victims.Draw()(), faults.Draw());
                var inject = $"{fault.Inject}:when={Dice.Next(1, 20)}";
                await using (await Strace.AttachAsync(victim, world.Folder, inject))
                {
                    var exitCode = await Until.EndsAsync($"{victim.Name}, at whose disk {inject} is injected,", victim.Process.Exited);
                    Assert.True(fault.ExitCodes.Contains(exitCode), $"{victim.Name} ended with {exitCode} by {inject}; it said\n{victim.Process.Output}");
                }

                await victim.StartAsync();
                Count($"{fault.Kind} at {(victim == world.Coordinator ? "the coordinator" : "a bank")}");
            }
        });
    }

    /// <param name="Inject">As after <c>strace -e inject=</c>, without the place.</param>
    private sealed record Fault(string Kind, string Inject, int[] ExitCodes);
}
