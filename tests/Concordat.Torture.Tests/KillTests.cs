using Concordat.Torture.Tests.Machines;

namespace Concordat.Torture.Tests;

/// <summary>SIGKILL, to anybody, alone and together, at any moment, recovery included.</summary>
public sealed class KillTests : TortureTest
{
    private const int KillingsPerRound = 8;

    [Fact]
    public async Task AC1_AC2_AC5_whoever_is_killed_and_whenever_the_books_agree_afterwards()
    {
        var world = await StartAsync(new Machine());
        var victimsOf = new Deck<Func<Service[]>>(
            Dice,
            () => [world.Coordinator],
            () => [Any(world.Banks)],
            () => [world.Coordinator, Any(world.Banks)],
            () => world.Banks,
            () => world.Everybody);
        await RoundsAsync(world, Times(40, 1000), async load =>
        {
            for (var i = 0; i < KillingsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(0, 50));
                var victims = victimsOf.Draw()();

                // All are down before the first is up again.
                await Task.WhenAll(victims.Select(v => v.KillAsync()));
                foreach (var victim in victims)
                {
                    Count($"kills of {victim.Name}");
                }

                if (Dice.Next(4) == 0)
                {
                    await KillInRecoveryAsync(Any(victims));
                }

                await Task.WhenAll(victims.Select(v => v.StartAsync()));
            }
        });
    }

    /// <summary>It listens before its log is read.</summary>
    private async Task KillInRecoveryAsync(Service victim)
    {
        await victim.LaunchAsync();
        await victim.KillAsync();
        Count($"kills of {victim.Name} while it starts");
    }
}
