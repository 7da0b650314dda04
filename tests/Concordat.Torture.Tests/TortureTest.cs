using System.Globalization;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>
/// One kind of fault, again and again, in one world. <c>CONCORDAT_LONG</c> (<c>./test.sh --long</c>) runs the full counts,
/// <c>CONCORDAT_TORTURE=10</c> ten times as many, <c>CONCORDAT_SEED</c> the same choices again.
/// </summary>
public abstract class TortureTest : IAsyncLifetime
{
    private const int LastLines = 80;
    private readonly Tally _tally = new();
    private World? _world;

    protected TortureTest()
    {
        Seed = int.Parse(Environment.GetEnvironmentVariable("CONCORDAT_SEED") ?? $"{Random.Shared.Next(1, 1_000_000)}", CultureInfo.InvariantCulture);
        Dice = new Random(Seed);
    }

    /// <summary>Chooses transfers, victims and moments. Not the order in which processes run, so a seed is a hint and no replay.</summary>
    private protected int Seed { get; }

    private protected Random Dice { get; }

    private protected async Task<World> StartAsync(Machine machine, WorldSettings? settings = null) =>
        _world = await World.StartAsync(machine, settings ?? new WorldSettings(), Seed, _tally);

    /// <summary>How many faults.</summary>
    private protected static int Times(int usual, int many) =>
        (Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? usual : many)
        * int.Parse(Environment.GetEnvironmentVariable("CONCORDAT_TORTURE") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>Rounds, until there were so many faults. <paramref name="breakAndHeal"/> counts them.</summary>
    private protected async Task RoundsAsync(World world, int faults, Func<Clients.Load, Task> breakAndHeal, bool nothingIsCutShort = false)
    {
        while (_tally.Faults < faults)
        {
            await world.RoundAsync(breakAndHeal, nothingIsCutShort);
        }
    }

    private protected void Count(string fault) => _tally.Count(fault);

    private protected T Any<T>(IReadOnlyList<T> choices) => choices[Dice.Next(choices.Count)];

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_world is null)
        {
            return;
        }

        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"seed {Seed}: {_tally}");
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            output?.WriteLine(_world.Outputs(LastLines));
        }

        await _world.DisposeAsync();
    }
}
