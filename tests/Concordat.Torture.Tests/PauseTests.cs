using System.Diagnostics;
using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>SIGSTOP until every timeout that runs is over, and SIGCONT: for the others dead, and then back with its old view of the world.</summary>
public sealed class PauseTests : TortureTest
{
    private const int PausesPerRound = 4;
    private static readonly WorldSettings Settings = new() { TransferTimeout = TimeSpan.FromSeconds(1.5), CallTimeout = TimeSpan.FromSeconds(0.4) };

    [Fact]
    public async Task AC1_I12_whoever_is_paused_beyond_every_timeout_the_books_agree_afterwards()
    {
        var world = await StartAsync(new Machine(), Settings);
        var victimsOf = new Deck<Func<Service[]>>(
            Dice,
            () => [world.Coordinator],
            () => [Any(world.Banks)],
            () => [world.Coordinator, Any(world.Banks)],
            () => world.Banks);
        await RoundsAsync(world, Times(8, 100), async load =>
        {
            for (var i = 0; i < PausesPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(5, 50));
                var victims = victimsOf.Draw()();
                foreach (var victim in victims)
                {
                    victim.Process.Signal(Child.SigStop);
                    Count($"pauses of {victim.Name}");
                }

                await AreMissedAsync(load, victims.Contains(world.Coordinator));
                foreach (var victim in victims)
                {
                    victim.Process.Signal(Child.SigCont);
                }
            }
        });
    }

    /// <summary>Whatever was under way has run into its timeout.</summary>
    private static async Task AreMissedAsync(Load load, bool coordinator)
    {
        var (start, cutShort, lost) = (Stopwatch.GetTimestamp(), load.CutShort, load.Lost);
        await load.UntilAsync("every deadline that runs is over", () => Stopwatch.GetElapsedTime(start) > Settings.TransferTimeout);
        await load.UntilAsync(
            coordinator ? "a client has given up waiting for an answer" : "a transfer was aborted for want of an answer",
            () => coordinator ? load.Lost > lost : load.CutShort > cutShort);
    }
}
