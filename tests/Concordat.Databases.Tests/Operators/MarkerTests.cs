using Concordat.Client.Resources;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Operators;

/// <summary>The rows of <c>concordat_branches</c>, in a real MariaDB: which of them may be seen as old, and that they go.</summary>
public sealed class MarkerTests(SharedServers servers)
{
    [Fact]
    public async Task Rows_of_ended_transactions_go_after_their_time_and_what_is_prepared_or_awaited_keeps_its_own()
    {
        await using var rig = await OperatorRig.StartAsync(servers, ["stock"], "Concordat__Resources__stock__IntervalSeconds=0.1", "Concordat__Resources__stock__KeepMarkersSeconds=60");
        var ended = await rig.PrepareAndDieAsync(committed: true, rig.Stock);

        // One of its databases is swept by nobody here, so it is awaited there, and asked about here after every crash.
        var awaited = await rig.PrepareAndDieAsync(committed: true, rig.Stock, rig.Orders);
        await Until.TrueAsync("the sweep has committed both", async () => await rig.ValueAsync("stock") == 2);
        Assert.Equal(2, await RowsAsync(rig, ended, awaited));
        var pending = await rig.PrepareAndDieAsync(committed: false, rig.Stock);

        // An hour has passed.
        await AgeAsync(rig, ended, awaited);
        await rig.UntilEndedAsync(ended);
        await rig.ForceAsync();
        await Until.TrueAsync("the row of the ended transaction is gone", async () => await RowsAsync(rig, ended) == 0);
        Assert.Equal(1, await RowsAsync(rig, awaited));

        await rig.Server.RestartAsync();
        using var http = new HttpClient { BaseAddress = rig.Server.Address };
        Assert.Contains("\"committing\"", await http.GetStringAsync($"/v1/transactions/{awaited}"), StringComparison.Ordinal);
        var finished = await rig.RunAsync(
            "resources", "reconcile", "orders", "--kind", "postgres", "--driver", OperatorRig.Driver("orders"), "--connection", rig.Databases["orders"].ConnectionString);
        Assert.Equal((0, ""), (finished.ExitCode, finished.Error));
        await rig.UntilEndedAsync(awaited);
        await rig.ForceAsync();
        await Until.TrueAsync("its row is gone, too", async () => await RowsAsync(rig, awaited) == 0);

        using var commit = await http.PostAsync($"/v1/transactions/{pending}/rollback", content: null);
        commit.EnsureSuccessStatusCode();
        await Until.TrueAsync("the pending one is undone", async () => !(await rig.Stock.ListPreparedAsync(CancellationToken.None)).Any(b => b.Name.StartsWith(pending.ToString(), StringComparison.Ordinal)));
        Assert.Equal(2, await rig.ValueAsync("stock"));
    }

    /// <summary>Also where the whole server reads uncommitted rows by default.</summary>
    [Theory]
    [InlineData("REPEATABLE-READ")]
    [InlineData("READ-UNCOMMITTED")]
    public async Task A_branch_that_is_open_or_prepared_has_no_row_that_is_listed(string level)
    {
        await using var server = await MariaDbServer.StartAsync($"transaction-isolation={level}");
        var database = await server.CreateDatabaseAsync();
        var stock = new DatabaseResource("stock", database.Source, Dialect.MySql);
        await stock.IdentifyAsync(CancellationToken.None);
        await using var open = await stock.OpenAsync(new TransactionId(1, 2, 1), System.Data.IsolationLevel.Unspecified, CancellationToken.None);
        await using var prepared = await stock.OpenAsync(new TransactionId(1, 2, 2), System.Data.IsolationLevel.Unspecified, CancellationToken.None);
        await prepared.PrepareAsync(CancellationToken.None);
        await using var committed = await stock.OpenAsync(new TransactionId(1, 2, 3), System.Data.IsolationLevel.Unspecified, CancellationToken.None);
        await committed.PrepareAsync(CancellationToken.None);
        await committed.FinishAsync(Outcome.Committed, CancellationToken.None);
        var page = await stock.ListMarkersAsync(TimeSpan.Zero, after: null, CancellationToken.None);
        Assert.Equal(new BranchMarker(new TransactionId(1, 2, 3), committed.BranchId), Assert.Single(page.Markers));
        Assert.Null(page.Next);
        Assert.Empty((await stock.ListMarkersAsync(TimeSpan.FromMinutes(1), after: null, CancellationToken.None)).Markers);
        await prepared.FinishAsync(Outcome.Aborted, CancellationToken.None);
        await open.FinishAsync(Outcome.Aborted, CancellationToken.None);
    }

    /// <summary>A server that scanned the table for them would wait for the row of every prepared branch, and with it every sweep.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Rows_go_while_branches_are_prepared(int count)
    {
        var database = await (await servers.MariaDbAsync()).CreateDatabaseAsync();
        var stock = new DatabaseResource("stock", database.Source, Dialect.MySql);
        await stock.IdentifyAsync(CancellationToken.None);
        var old = Enumerable.Range(1, count).Select(i => new BranchMarker(new TransactionId(1, 3, (ulong)i * 2), "b")).ToList();
        await database.ExecuteAsync($"INSERT INTO concordat_branches (transaction_id, branch_id, owner) VALUES {string.Join(", ", old.Select(m => $"('{m.Transaction}', '{m.BranchId}', '')"))}");
        var held = new List<DatabaseBranch>();
        foreach (var number in (ulong[])[1, 3, 20])
        {
            held.Add(await stock.OpenAsync(new TransactionId(1, 3, number), System.Data.IsolationLevel.Unspecified, CancellationToken.None));
            await held[^1].PrepareAsync(CancellationToken.None);
        }

        await Until.EndsAsync("the rows go", stock.ForgetAsync(old, CancellationToken.None), TimeSpan.FromSeconds(20));
        Assert.Empty((await stock.ListMarkersAsync(TimeSpan.Zero, after: null, CancellationToken.None)).Markers);
        foreach (var branch in held)
        {
            await branch.FinishAsync(Outcome.Aborted, CancellationToken.None);
            await branch.DisposeAsync();
        }
    }

    [Fact]
    public async Task All_pages_together_are_all_rows_once_and_the_databases_identity_stays()
    {
        var database = await (await servers.MariaDbAsync()).CreateDatabaseAsync();
        var stock = new DatabaseResource("stock", database.Source, Dialect.MySql);
        var identity = await stock.IdentifyAsync(CancellationToken.None);
        const int Count = 2 * 1000 + 500;
        var values = Enumerable.Range(1, Count).Select(i => $"('{new TransactionId(1, 2, (ulong)(i / 3) + 1)}', 'b{i}', '')");
        await database.ExecuteAsync($"INSERT INTO concordat_branches (transaction_id, branch_id, owner) VALUES {string.Join(", ", values)}");
        var seen = new List<BranchMarker>();
        BranchMarker? after = null;
        do
        {
            var page = await stock.ListMarkersAsync(TimeSpan.Zero, after, CancellationToken.None);
            seen.AddRange(page.Markers);
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(Count, seen.Count);
        Assert.Equal(Count, seen.Distinct().Count());
        await stock.ForgetAsync(seen, CancellationToken.None);
        Assert.Equal(1, await database.ScalarAsync<int>("SELECT COUNT(*) FROM concordat_branches"));
        Assert.Equal(identity, await stock.IdentifyAsync(CancellationToken.None));
    }

    private static Task<int> RowsAsync(OperatorRig rig, params TransactionId[] transactions) =>
        rig.Databases["stock"].ScalarAsync<int>($"SELECT COUNT(*) FROM concordat_branches WHERE {Of(transactions)}");

    private static Task AgeAsync(OperatorRig rig, params TransactionId[] transactions) =>
        rig.Databases["stock"].ExecuteAsync($"UPDATE concordat_branches SET begun_at = begun_at - INTERVAL 1 HOUR WHERE {Of(transactions)}");

    private static string Of(TransactionId[] transactions) => $"transaction_id IN ({string.Join(", ", transactions.Select(t => $"'{t}'"))})";
}
