using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>The network between real processes is cut: in both directions, in one, with a reset, by pulling a cable.</summary>
public sealed class PartitionTests : TortureTest
{
    private const int CutsPerRound = 5;

    [Fact]
    public async Task AC1_AC5_I14_however_the_network_is_cut_the_books_agree_afterwards()
    {
        var network = new Network();
        var world = await StartAsync(network, new() { TransferTimeout = TimeSpan.FromSeconds(1.5), CallTimeout = TimeSpan.FromSeconds(0.4) });
        await RoundsAsync(world, Times(10, 100), async load =>
        {
            for (var i = 0; i < CutsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(5, 50));
                var (kind, isFelt) = await CutAsync(network, world, load);
                await load.UntilAsync($"the clients feel it ({kind})", isFelt);
                await network.HealAsync();
                Count(kind);
            }
        });
    }

    private async Task<(string Kind, Func<bool> IsFelt)> CutAsync(Network network, World world, Load load)
    {
        var here = world.Coordinator.Name;
        var banks = Dice.Next(3) == 0 ? world.Banks : [Any(world.Banks)];
        var (cutShort, lost) = (load.CutShort, load.Lost);
        switch (Dice.Next(6))
        {
            case 0:
                await network.FilterAsync([.. banks.SelectMany(b => new[] { network.Drop(here, b.Name), network.Drop(b.Name, here) })]);
                return ("cuts both ways", () => load.CutShort > cutShort);
            case 1:
                await network.FilterAsync([.. banks.Select(b => network.Drop(here, b.Name))]);
                return ("cuts towards banks", () => load.CutShort > cutShort);
            case 2:
                await network.FilterAsync([.. banks.Select(b => network.Drop(b.Name, here))]);
                return ("cuts towards the coordinator", () => load.CutShort > cutShort);
            case 3:
                await network.FilterAsync([.. banks.SelectMany(b => new[] { network.Reset(here, b.Name), network.Reset(b.Name, here) })]);
                return ("resets", () => load.CutShort > cutShort);
            case 4:
                await network.PullCableAsync(banks[0].Name);
                return ("pulled cables of banks", () => load.CutShort > cutShort);
            default:
                await network.PullCableAsync(here);
                return ("pulled cables of the coordinator", () => load.Lost > lost);
        }
    }
}
