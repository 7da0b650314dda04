using System.Diagnostics;
using System.Text.RegularExpressions;
using Concordat.Client;
using Concordat.Torture.Tests.Locks;
using Concordat.Torture.Tests.Machines;
using Concordat.Torture.Tests.Worlds;

namespace Concordat.Torture.Tests;

/// <summary>
/// Clients that fight for six keys, while the coordinator, the banks and the clients themselves are killed. <c>CONCORDAT_LONG</c> runs it for ten minutes instead of half
/// a minute.
/// </summary>
public sealed partial class LockSoakTests : TortureTest
{
    private const int Clients = 3;
    private const int KillingsPerRound = 6;

    /// <summary>A killed client's transaction ends at its deadline, four seconds after its begin, or when a bank has acknowledged the rollback.</summary>
    private static readonly TimeSpan LimitOfLocks = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Length = Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromMinutes(10);

    private readonly List<Tenure> _committed = [];
    private int _victims;

    [Fact]
    public async Task I17_no_two_hold_a_key_and_no_lock_is_left_whoever_is_killed()
    {
        var world = await StartAsync(new Machine(), new WorldSettings { Retention = TimeSpan.FromMinutes(30) });
        var since = Stopwatch.GetTimestamp();
        for (var round = 1; Stopwatch.GetElapsedTime(since) < Length; round++)
        {
            var name = $"soak-{round}";
            await world.RoundAsync(load => FightAsync(world, load, name));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{_committed.Count:N0} transactions with locks committed, {_victims:N0} were victims of deadlocks");
        Assert.True(_committed.Count > 0 && _victims > 0, $"{_committed.Count} committed and {_victims} were victims: nothing was proved");
    }

    private async Task FightAsync(World world, Clients.Load load, string name)
    {
        var clients = new List<Child>();
        var printed = new List<string>();
        try
        {
            for (var i = 0; i < Clients; i++)
            {
                clients.Add(await NewClientAsync(world, name));
            }

            for (var i = 0; i < KillingsPerRound; i++)
            {
                await load.IsToldAsync(Dice.Next(10, 60));
                var victim = Dice.Next(4);
                if (victim < 2)
                {
                    var client = Any(clients);
                    await client.KillAsync();
                    Count("kills of a client");
                    printed.Add(client.Output);
                    await client.DisposeAsync();
                    clients[clients.IndexOf(client)] = await NewClientAsync(world, name);
                }
                else
                {
                    var service = victim == 2 ? world.Coordinator : Any(world.Banks);
                    await service.RestartAsync();
                    Count($"kills of {service.Name}");
                }
            }

            foreach (var client in clients)
            {
                client.Signal(Child.SigTerm);
                Assert.Equal(0, await Until.EndsAsync("a client that was asked to", client.Exited));
                printed.Add(client.Output);
            }
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }

        await JudgeAsync(world.Client, name, string.Join('\n', printed));
    }

    private async Task<Child> NewClientAsync(World world, string name)
    {
        var client = await Child.StartAsync(
            world.Output,
            Programs.Beside("Concordat.Torture.Locker.dll", [world.Coordinator.Address.AbsoluteUri, name, $"{Dice.Next()}", .. world.Banks.Select(bank => bank.Name)]));

        // From then on it listens to signals.
        Assert.True(await client.PrintsAsync(Works()) is not null, $"a client ended at once: {client.Output}");
        return client;
    }

    private async Task JudgeAsync(IConcordatClient coordinator, string name, string printed)
    {
        await Until.TrueAsync("no key is locked", async () => (await coordinator.ListLocksAsync()).Items.Count == 0, LimitOfLocks);
        _victims += printed.Split('\n').Count(line => line.StartsWith("victim", StringComparison.Ordinal));

        var said = Tenure.In(printed).ToDictionary(tenure => tenure.Transaction);
        await foreach (var transaction in coordinator.EnumerateAsync(new TransactionQuery { Outcome = Outcome.Committed, Name = name, Limit = 1000 }))
        {
            Assert.True(said.TryGetValue(transaction.Id, out var tenure), $"{transaction.Id} has committed, and nobody said what it held");
            _committed.Add(tenure);
        }

        // Of all rounds: tokens rise over every restart.
        Assert.Empty(Tenure.Conflicts(_committed));
    }

    [GeneratedRegex("^works", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Works();
}
