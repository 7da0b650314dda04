using System.Text.RegularExpressions;

namespace Concordat.Scopes.Tests;

/// <summary>An application that is killed leaves what it prepared, and whoever knows the databases finishes it as the coordinator says.</summary>
public sealed partial class KilledProcessTests(SharedServers servers)
{
    [Fact]
    public async Task Killed_between_prepare_and_decision_a_sweep_finds_both_parts_aborted()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        var id = await KillAsync(two, "prepared");
        foreach (var database in two.Both)
        {
            // Its deadline has not passed: whatever is listed before is left alone.
            PreparedClass[] classes = [];
            await Until.TrueAsync("the transaction is aborted at its deadline", async () => (classes = await two.SweepAsync(database)) is not [PreparedClass.Pending]);
            Assert.Equal([PreparedClass.Aborted], classes);
        }

        Assert.Equal(Outcome.Aborted, (await two.LookAsync(id)).Outcome);
        Assert.Equal((0, 0), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task Killed_before_the_decision_a_coordinator_that_restarts_has_aborted_both_parts_at_once()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        await KillAsync(two, "prepared");
        two.Coordinator.Restart();
        foreach (var database in two.Both)
        {
            Assert.Equal([PreparedClass.Aborted], await two.SweepAsync(database));
        }

        Assert.Equal((0, 0), await two.CountAsync());
        await two.NothingIsPreparedAsync();
    }

    [Fact]
    public async Task Killed_after_the_decision_a_sweep_finds_both_parts_committed_and_the_next_one_ends_the_transaction()
    {
        await using var two = await TwoDatabases.CreateAsync(servers);
        var id = await KillAsync(two, "decided");
        Assert.Equal((0, 0), await two.CountAsync());
        foreach (var database in two.Both)
        {
            Assert.Equal([PreparedClass.Committed], await two.SweepAsync(database));
        }

        Assert.Equal((1, 1), await two.CountAsync());
        Assert.Equal(TransactionState.Committing, (await two.LookAsync(id)).State);
        foreach (var database in two.Both)
        {
            Assert.Empty(await two.SweepAsync(database));
        }

        Assert.Equal(TransactionState.Committed, (await two.LookAsync(id)).State);
    }

    /// <returns>The transaction that it left prepared in both databases.</returns>
    private static async Task<TransactionId> KillAsync(TwoDatabases two, string stopAt)
    {
        await using (var application = await Child.StartAsync(
            TextWriter.Null,
            Programs.Beside("Concordat.Scopes.Application.dll", stopAt, two.Coordinator.Address.AbsoluteUri, two.Orders.ConnectionString, two.Billing.ConnectionString)))
        {
            Assert.True(await application.PrintsAsync(Stopped()) is not null, application.Output);
            await application.KillAsync();
        }

        var orders = Assert.Single(await TwoDatabases.PreparedAsync(two.Orders));
        var billing = Assert.Single(await TwoDatabases.PreparedAsync(two.Billing));
        Assert.Equal(orders[..36], billing[..36]);
        return TransactionId.Parse(orders[..36]);
    }

    [GeneratedRegex("^it is (prepared|decided)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Stopped();
}
