using System.Text.Json;

namespace Concordat.Databases.Tests.Operators;

/// <summary><c>concordat resources</c> against a real server and real databases, through the server and past it.</summary>
public sealed class ResourceCommandTests(SharedServers servers)
{
    [Fact]
    public async Task Through_the_server_resources_are_listed_looked_at_and_reconciled()
    {
        await using var rig = await OperatorRig.StartAsync(servers, ["orders"]);
        var id = await rig.PrepareAndDieAsync(committed: true, rig.Orders);
        var prepared = await rig.RunAsync("resources", "prepared", "orders", "-o", "csv");
        Assert.Equal(0, prepared.ExitCode);
        var lines = prepared.Out.TrimEnd().Split('\n');
        Assert.Equal("branch,class,age,owner,locks,tables,transaction,state", lines[0]);
        Assert.Matches($"^{id}/own[.][0-9a-f]+,committed,[0-9.]+ s,postgres,[0-9]+,t t_pkey,order,committing$", Assert.Single(lines[1..]));

        var reconciled = await rig.RunAsync("resources", "reconcile", "orders", "-o", "json");
        Assert.Equal(0, reconciled.ExitCode);
        using var answer = JsonDocument.Parse(reconciled.Out);
        Assert.Equal(1, answer.RootElement.GetProperty("finished").GetInt32());
        Assert.Equal(1, await rig.ValueAsync("orders"));

        var list = await rig.RunAsync("resources", "list");
        Assert.Equal(0, list.ExitCode);
        var rows = list.Out.TrimEnd().Split('\n');
        Assert.Contains(rows, row => row.StartsWith("orders", StringComparison.Ordinal) && row.Contains("3600 s", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.StartsWith("stock", StringComparison.Ordinal) && !row.Contains("3600 s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("stock")]
    public async Task A_database_that_the_server_does_not_know_is_reached_from_here(string resource)
    {
        await using var rig = await OperatorRig.StartAsync(servers, []);
        var database = resource == "orders" ? rig.Orders : rig.Stock;
        var id = await rig.PrepareAndDieAsync(committed: true, database);
        var refused = await rig.RunAsync("resources", "prepared", resource);
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("--driver", refused.Error, StringComparison.Ordinal);

        string[] direct = ["--kind", OperatorRig.Kind(resource), "--driver", OperatorRig.Driver(resource), "--connection", rig.Databases[resource].ConnectionString];
        var prepared = await rig.RunAsync(["resources", "prepared", resource, "-o", "jsonl", .. direct]);
        Assert.Equal((0, ""), (prepared.ExitCode, prepared.Error));
        using var branch = JsonDocument.Parse(prepared.Out.Split('\n').Single(l => l.Contains(id.ToString(), StringComparison.Ordinal)));
        Assert.Equal("committed", branch.RootElement.GetProperty("class").GetString());

        var reconciled = await rig.RunAsync(["resources", "reconcile", resource, .. direct]);
        Assert.Equal((0, ""), (reconciled.ExitCode, reconciled.Error));
        Assert.Contains("committed", reconciled.Out, StringComparison.Ordinal);
        Assert.Equal(1, await rig.ValueAsync(resource));
        var nothing = await rig.RunAsync(["resources", "prepared", resource, "-o", "json", .. direct]);
        Assert.DoesNotContain(id.ToString(), nothing.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_database_than_the_name_means_is_refused_and_nothing_there_is_touched()
    {
        await using var rig = await OperatorRig.StartAsync(servers, []);
        var id = await rig.PrepareAndDieAsync(committed: true, rig.Orders);
        var other = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        string[] direct = ["--kind", "postgres", "--driver", OperatorRig.Driver("orders"), "--connection", other.ConnectionString];
        foreach (var command in (string[])["prepared", "reconcile"])
        {
            var run = await rig.RunAsync(["resources", command, "orders", .. direct]);
            Assert.Equal(4, run.ExitCode);
            Assert.Contains("this is postgresql:", run.Error, StringComparison.Ordinal);
        }

        var unknown = await rig.RunAsync(["resources", "reconcile", "ordrs", .. direct]);
        Assert.Equal(3, unknown.ExitCode);
        Assert.Contains("\"committing\"", await rig.Http.GetStringAsync($"/v1/transactions/{id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_settings_of_the_server_mean_another_database_it_says_so_and_touches_nothing()
    {
        var other = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        await using var rig = await OperatorRig.StartAsync(servers, ["orders"]);
        await rig.Server.KillAsync();
        await using var confused = await OperatorRig.StartAsync(servers, [], OperatorRig.Setting("orders", OperatorRig.Driver("orders"), other.ConnectionString));
        foreach (var command in (string[])["prepared", "reconcile"])
        {
            var run = await confused.RunAsync("resources", command, "orders");
            Assert.Equal((4, ""), (run.ExitCode, run.Out));
            Assert.Contains("this is postgresql:", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_database_that_is_down_is_exit_code_6_with_the_drivers_words()
    {
        await using var rig = await OperatorRig.StartAsync(servers, []);
        var run = await rig.RunAsync("resources", "reconcile", "orders", "--kind", "postgres", "--driver", OperatorRig.Driver("orders"), "--connection", "Host=127.0.0.1;Port=1;Username=x;Password=hidden-word");
        Assert.Equal(6, run.ExitCode);
        Assert.Contains("the database of 'orders'", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-word", run.Error, StringComparison.Ordinal);
    }
}
