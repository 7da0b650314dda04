using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>The network between real processes is cut: in both directions, in one, with a reset, by pulling a cable.</summary>
public sealed class PartitionTests : TortureTest
{
    private const int CutsPerRound = 6;

    [Fact]
    public async Task AC1_AC5_I14_however_the_network_is_cut_the_books_agree_afterwards()
    {
        var network = new Network();
        var world = await StartAsync(network, new() { TransferTimeout = TimeSpan.FromSeconds(1.5), CallTimeout = TimeSpan.FromSeconds(0.4) });
        var kinds = new Deck<Cut>(Dice, Enum.GetValues<Cut>());
        await RoundsAsync(world, Times(12, 100), async load =>
        {
            for (var i = 0; i < CutsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(5, 50));
                var kind = kinds.Draw();
                var isFelt = await CutAsync(kind, network, world, load);
                await load.UntilAsync($"the clients feel it ({kind})", isFelt);
                await network.HealAsync();
                Count(kind.ToString());
            }
        });
    }

    private async Task<Func<bool>> CutAsync(Cut kind, Network network, World world, Load load)
    {
        var here = world.Coordinator.Name;
        string[] banks = [.. (Dice.Next(3) == 0 ? world.Banks : [Any(world.Banks)]).Select(b => b.Name)];
        var (cutShort, lost) = (load.CutShort, load.Lost);
        switch (kind)
        {
            case Cut.CoordinatorUnplugged:
                await network.PullCableAsync(here);
                return () => load.Lost > lost;
            case Cut.BankUnplugged:
                await network.PullCableAsync(banks[0]);
                break;
            case Cut.BothWays:
                await network.FilterAsync([.. banks.SelectMany(b => new[] { network.Drop(here, b), network.Drop(b, here) })]);
                break;
            case Cut.TowardsBank:
                await network.FilterAsync([.. banks.Select(b => network.Drop(here, b))]);
                break;
            case Cut.TowardsCoordinator:
                await network.FilterAsync([.. banks.Select(b => network.Drop(b, here))]);
                break;
            default:
                await network.FilterAsync([.. banks.SelectMany(b => new[] { network.Reset(here, b), network.Reset(b, here) })]);
                break;
        }

        return () => load.CutShort > cutShort;
    }

    private enum Cut
    {
        BothWays,
        TowardsBank,
        TowardsCoordinator,
        Reset,
        BankUnplugged,
        CoordinatorUnplugged,
    }
}
