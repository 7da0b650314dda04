using System.Diagnostics;
using System.Text.Json;

namespace Concordat.Databases.Tests.Operators;

/// <summary>The server sweeps databases of its settings by itself, and shows what is prepared there.</summary>
public sealed class ServedDatabaseTests(SharedServers servers)
{
    private static readonly string[] Both = ["orders", "stock"];

    [Fact]
    public async Task The_server_finishes_what_a_dead_application_left_on_both_kinds_with_drivers_from_files()
    {
        await using var rig = await OperatorRig.StartAsync(servers, Both, "Concordat__Resources__orders__IntervalSeconds=0.1", "Concordat__Resources__stock__IntervalSeconds=0.1");
        var id = await rig.PrepareAndDieAsync(committed: true, rig.Orders, rig.Stock);
        await rig.UntilEndedAsync(id);
        Assert.Equal((1, 1), (await rig.ValueAsync("orders"), await rig.ValueAsync("stock")));
        await Until.TrueAsync("the metrics say that both are swept", async () =>
        {
            var metrics = await rig.Http.GetStringAsync("/metrics");
            return Both.All(name => metrics.Contains($"concordat_resource_swept{{resource=\"{name}\"}} 1\n", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task What_is_prepared_is_shown_with_its_transaction_age_owner_locks_and_tables_and_foreign_branches_stay()
    {
        await using var rig = await OperatorRig.StartAsync(servers, Both);
        await rig.Databases["orders"].ExecuteAsync("BEGIN; CREATE TABLE theirs (id int); PREPARE TRANSACTION 'somebody-elses'");
        try
        {
            var id = await rig.PrepareAndDieAsync(committed: false, rig.Orders, rig.Stock);
            using var orders = JsonDocument.Parse(await rig.Http.GetStringAsync("/v1/resources/orders/prepared"));
            var items = orders.RootElement.GetProperty("items").EnumerateArray().ToDictionary(i => i.GetProperty("class").GetString()!);
            Assert.Equal(["foreign", "pending"], items.Keys.Order());
            var pending = items["pending"];
            Assert.StartsWith($"{id}/", pending.GetProperty("name").GetString(), StringComparison.Ordinal);
            Assert.Equal(
                ($"{id}", "order", "active"),
                (pending.GetProperty("transaction").GetProperty("id").GetString(), pending.GetProperty("transaction").GetProperty("name").GetString(), pending.GetProperty("transaction").GetProperty("state").GetString()));
            Assert.True(pending.GetProperty("ageSeconds").GetDouble() >= 0);
            Assert.Equal("postgres", pending.GetProperty("owner").GetString());
            Assert.True(pending.GetProperty("locks").GetInt32() > 0);
            Assert.Contains("t", pending.GetProperty("lockedTables").EnumerateArray().Select(t => t.GetString()));
            Assert.Equal("somebody-elses", items["foreign"].GetProperty("name").GetString());

            using var stock = JsonDocument.Parse(await rig.Http.GetStringAsync("/v1/resources/stock/prepared"));
            var ours = stock.RootElement.GetProperty("items").EnumerateArray().Single(i => i.GetProperty("name").GetString()!.StartsWith($"{id}/", StringComparison.Ordinal));
            Assert.Equal("pending", ours.GetProperty("class").GetString());
            Assert.StartsWith("root, connection ", ours.GetProperty("owner").GetString(), StringComparison.Ordinal);

            // A sweep leaves both kinds alone; after the rollback it undoes what is ours.
            await Reconcile(rig, "orders", finished: 0, left: 2);
            using var rollback = await rig.Http.PostAsync($"/v1/transactions/{id}/rollback", content: null);
            rollback.EnsureSuccessStatusCode();
            await Reconcile(rig, "orders", finished: 1, left: 1);
            using var after = JsonDocument.Parse(await rig.Http.GetStringAsync("/v1/resources/orders/prepared"));
            Assert.Equal("somebody-elses", Assert.Single(after.RootElement.GetProperty("items").EnumerateArray()).GetProperty("name").GetString());
            using var undone = await rig.Http.PostAsync("/v1/resources/stock/reconcile", content: null);
            undone.EnsureSuccessStatusCode();
        }
        finally
        {
            await rig.Databases["orders"].ExecuteAsync("ROLLBACK PREPARED 'somebody-elses'");
        }
    }

    [Fact]
    public async Task A_database_that_is_down_keeps_no_server_from_starting_or_stopping_and_is_swept_when_it_is_up()
    {
        await using var server = await PostgresServer.StartAsync();
        var late = await server.CreateDatabaseAsync();
        await server.KillAsync();
        string[] setting = [.. OperatorRig.Setting("late", OperatorRig.Driver("orders"), late.ConnectionString + ";Timeout=5"), "Concordat__Resources__late__Kind=postgres", "Concordat__Resources__late__IntervalSeconds=0.1"];
        await using var rig = await OperatorRig.StartAsync(servers, ["orders"], setting);
        using var refused = await rig.Http.GetAsync("/v1/resources/late/prepared");
        Assert.Contains("/problems/database-unreachable", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Until.TrueAsync("the metrics say that it is not swept", async () =>
            (await rig.Http.GetStringAsync("/metrics")).Contains("concordat_resource_swept{resource=\"late\"} 0\n", StringComparison.Ordinal));
        await server.StartAgainAsync();
        await Until.TrueAsync("it is registered and swept", async () =>
            (await rig.Http.GetStringAsync("/metrics")).Contains("concordat_resource_swept{resource=\"late\"} 1\n", StringComparison.Ordinal));

        // A server that holds still answers nothing, and nothing interrupts a driver that waits for it: the drain has a minute, and is not used.
        await server.KillAsync();
        using var hanging = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, server.Port);
        hanging.Start();
        using var client = await hanging.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var since = Stopwatch.GetTimestamp();
        rig.Server.Process.Signal(15);
        Assert.Equal(0, await Until.EndsAsync("the server stops", rig.Server.Process.Exited));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20), "the stop waited for the database");
        hanging.Stop();
        await server.StartAgainAsync();
    }

    [Theory]
    [InlineData("/nowhere/Npgsql.dll", "Host=127.0.0.1", "Concordat:Resources:orders: there is no file /nowhere/Npgsql.dll")]
    [InlineData("concordat.dll", "Host=127.0.0.1", "has no DbProviderFactory")]
    [InlineData("concordat.deps.json", "Host=127.0.0.1", "cannot be loaded as a driver")]
    [InlineData("Npgsql.dll", "Host=127.0.0.1;Password=se;cret", "does not take the connection string")]
    [InlineData("MySql.Data.dll", "Server=127.0.0.1;Password=se;cret", "does not take the connection string")]
    public async Task What_is_wrong_with_a_driver_stops_the_start_and_no_secret_is_shown(string driver, string connectionString, string message)
    {
        var folder = Directory.CreateTempSubdirectory("concordat-operators-").FullName;
        try
        {
            var path = Path.IsPathRooted(driver) ? driver : Path.Combine(AppContext.BaseDirectory, driver);
            var (exitCode, output) = await Child.RunAsync(TextWriter.Null, OperatorRig.Serve(folder, 0, OperatorRig.Setting("orders", path, connectionString)));
            Assert.Equal(1, exitCode);
            Assert.Contains(message, output, StringComparison.Ordinal);
            Assert.DoesNotContain("cret", output.Replace("secrets", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Reconcile(OperatorRig rig, string resource, int finished, int left)
    {
        using var response = await rig.Http.PostAsync($"/v1/resources/{resource}/reconcile", content: null);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var prepared = answer.RootElement.GetProperty("prepared").EnumerateArray().ToList();
        Assert.Equal((finished, left), (answer.RootElement.GetProperty("finished").GetInt32(), prepared.Count(b => !b.GetProperty("finished").GetBoolean())));
        Assert.Empty(answer.RootElement.GetProperty("failures").EnumerateArray());
    }
}
