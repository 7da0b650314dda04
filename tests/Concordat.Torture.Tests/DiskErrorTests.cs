using Concordat.Torture.Tests.Machines;

namespace Concordat.Torture.Tests;

/// <summary>Writes and syncs that fail in the middle of the work, and kills at the n-th sync.</summary>
public sealed class DiskErrorTests : TortureTest
{
    private const int ErrorsPerRound = 3;
    private const string Writes = "pwrite64,pwritev,pwritev2";

    [Fact]
    public async Task I6_I7_whatever_write_or_sync_fails_its_process_stops_at_once_and_a_restart_has_lost_nothing()
    {
        var world = await StartAsync(new Machine());
        await RoundsAsync(world, Times(10, 100), async load =>
        {
            for (var i = 0; i < ErrorsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(0, 20));
                var victim = Any(world.Everybody);
                var (kind, inject, exitCodes) = AnyFault(Dice.Next(1, 20));
                await using (await Strace.AttachAsync(victim, world.Folder, inject))
                {
                    var exitCode = await Until.EndsAsync($"{victim.Name}, at whose disk {inject} is injected,", victim.Process.Exited);
                    Assert.True(exitCodes.Contains(exitCode), $"{victim.Name} ended with {exitCode} by {inject}; it said\n{victim.Process.Output}");
                }

                await victim.StartAsync();
                Count($"{kind} at {(victim == world.Coordinator ? "the coordinator" : "a bank")}");
            }
        });
    }

    private (string Kind, string Inject, int[] ExitCodes) AnyFault(int nth)
    {
        // The server ends with 1; a participant of the SDK ends its process by an abort.
        int[] byItself = [1, 128 + 6];
        return Dice.Next(6) switch
        {
            0 => ("EIO of a sync", $"fdatasync:error=EIO:when={nth}", byItself),
            1 => ("ENOSPC of a sync", $"fdatasync:error=ENOSPC:when={nth}", byItself),
            2 => ("EIO of a write", $"{Writes}:error=EIO:when={nth}", byItself),
            3 => ("ENOSPC of a write", $"{Writes}:error=ENOSPC:when={nth}", byItself),
            4 => ("kill before a write", $"{Writes}:signal=KILL:when={nth}", [128 + 9]),
            _ => ("kill at a sync", $"fdatasync:signal=KILL:when={nth}", [128 + 9]),
        };
    }
}
