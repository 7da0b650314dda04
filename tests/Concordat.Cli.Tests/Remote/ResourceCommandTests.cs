using System.Text.Json;
using Concordat.Cli.Tests.Support;

namespace Concordat.Cli.Tests.Remote;

/// <summary><c>concordat resources</c> against a server that answers what the test says. With real databases: tests/Concordat.Databases.Tests/Operators.</summary>
public sealed class ResourceCommandTests
{
    private static readonly TransactionId Id = new(1, 2, 3);

    private static readonly string Resources =
        """
        {"items":[{"name":"orders","identity":"pg:1/orders","unfinished":3,"awaited":2,
                   "agent":{"intervalSeconds":5,"lastSweepAt":"2026-01-01T00:00:00.000Z","failure":"connection refused, \"again\"","prepared":{"pending":2,"foreign":1},"oldestAgeSeconds":3700}},
                  {"name":"stock","identity":"mysql:1","unfinished":0,"awaited":0}]}
        """;

    private static readonly string Prepared =
        $$"""
        {"items":[{"name":"{{Id}}/1","class":"committed","transaction":{"id":"{{Id}}","name":"order, new","state":"committing","outcome":"committed"},
                   "ageSeconds":1.5,"owner":"app","locks":7,"lockedTables":["a","b"]},
                  {"name":"some\u001bbody","class":"foreign","transaction":null,"ageSeconds":90000,"owner":null,"locks":null,"lockedTables":[]}]}
        """;

    private static string Swept(string failures) =>
        $$"""
        {"listedAt":"2026-01-01T00:00:00.000Z","prepared":[{"branch":"{{Id}}/1","class":"committed","finished":true},{"branch":"{{Id}}/2","class":"orphan","finished":true},{"branch":"x","class":"foreign","finished":false}],
         "finished":2,"done":1,"reported":4,"forgotten":5,"failures":[{{failures}}]}
        """;

    private static async Task<CommandRun> RunAsync(string answer, params string[] arguments)
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, answer));
        return await CommandRun.OfAsync([.. arguments, "--server", server.Url]);
    }

    [Theory]
    [InlineData("json", "[]")]
    [InlineData("jsonl", "")]
    [InlineData("csv", "name,identity,unfinished,awaited,swept_every,last_sweep,prepared,oldest,failure")]
    [InlineData("table", "NAME  IDENTITY  UNFINISHED  AWAITED  SWEPT EVERY  LAST SWEEP  PREPARED  OLDEST  FAILURE")]
    public async Task An_empty_list_is_one_in_every_form(string format, string expected)
    {
        var run = await RunAsync("""{"items":[]}""", "resources", "list", "-o", format);
        Assert.Equal((0, expected, ""), (run.ExitCode, run.Out.TrimEnd(), run.Error));
    }

    [Fact]
    public async Task Resources_are_listed_with_what_the_servers_sweeps_have_seen()
    {
        var csv = await RunAsync(Resources, "resources", "list", "-o", "csv");
        Assert.Equal(
            [
                "orders,pg:1/orders,3,2,5 s,2026-01-01T00:00:00.000Z,foreign=1 pending=2,1 h 1 min,\"connection refused, \"\"again\"\"\"",
                "stock,mysql:1,0,0,,,,,",
            ],
            csv.Out.TrimEnd().Split('\n')[1..]);
        var jsonl = await RunAsync(Resources, "resources", "list", "-o", "jsonl");
        Assert.Equal(["orders", "stock"], jsonl.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task What_is_prepared_is_a_line_per_branch_that_cannot_steer_the_terminal()
    {
        var csv = await RunAsync(Prepared, "resources", "prepared", "orders", "-o", "csv");
        Assert.Equal(
            ["branch,class,age,owner,locks,tables,transaction,state", $"{Id}/1,committed,1.5 s,app,7,a b,\"order, new\",committing", "some\\u001bbody,foreign,1 d 1 h,,,,,"],
            csv.Out.TrimEnd().Split('\n'));
        var table = await RunAsync(Prepared, "resources", "prepared", "orders");
        Assert.Equal(3, table.Out.TrimEnd().Split('\n').Length);
        Assert.DoesNotContain('\x1b', table.Out);
    }

    [Fact]
    public async Task A_sweep_says_what_became_of_each_branch()
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Swept("")));
        var run = await CommandRun.OfAsync("resources", "reconcile", "orders", "--server", server.Url);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Out.TrimEnd().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Equal(
            ["PREPARED FINISHED DONE REPORTED FORGOTTEN FAILED", "3 2 1 4 5 0", "", "BRANCH CLASS NOW", $"{Id}/1 committed committed", $"{Id}/2 orphan rolled back", "x foreign left"],
            lines);
        Assert.Equal("POST /v1/resources/orders/reconcile", server.Requests[0]);
    }

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    [InlineData("jsonl")]
    [InlineData("csv")]
    public async Task What_could_not_be_finished_is_on_standard_error_and_exit_code_1(string format)
    {
        var run = await RunAsync(Swept("""{"branch":"b","error":"held by its session"}"""), "resources", "reconcile", "orders", "-o", format);
        Assert.Equal((1, "concordat: b: held by its session\n"), (run.ExitCode, run.Error));
        Assert.Contains(Id.ToString(), run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "no-such-participant", 3)]
    [InlineData(409, "database-not-configured", 4)]
    [InlineData(409, "other-database", 4)]
    [InlineData(503, "database-unreachable", 6)]
    public async Task Refusals_have_their_exit_codes(int status, string type, int exitCode)
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (status, $$"""{"type":"/problems/{{type}}","title":"No","status":{{status}},"detail":"so it is"}"""));
        foreach (var command in (string[])["prepared", "reconcile"])
        {
            var run = await CommandRun.OfAsync("resources", command, "orders", "--server", server.Url);
            Assert.Equal((exitCode, ""), (run.ExitCode, run.Out));
            Assert.Contains("so it is", run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--driver and --kind go together", "--driver", "x.dll")]
    [InlineData("--driver and --kind go together", "--kind", "mysql")]
    [InlineData("are for looking at the database from here", "--connection", "Host=x")]
    [InlineData("--kind is 'oracle'; it must be postgres or mysql", "--kind", "oracle", "--driver", "x.dll")]
    [InlineData("there is no connection string: set CONCORDAT_CONNECTION", "--kind", "mysql", "--driver", "x.dll")]
    public async Task Half_a_way_to_a_database_is_wrong_usage_and_nobody_is_asked(string message, params string[] options)
    {
        await using var server = await FakeCoordinator.StartAsync((_, _) => (200, Prepared));
        var run = await CommandRun.OfAsync(["resources", "prepared", "orders", "--server", server.Url, .. options]);
        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_driver_that_is_not_there_is_an_error_that_names_the_file_and_not_the_secret()
    {
        var run = await RunAsync(Prepared, "resources", "reconcile", "orders", "--kind", "postgres", "--driver", "/nowhere/Npgsql.dll", "--connection", "Password=hidden-word");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("there is no file /nowhere/Npgsql.dll", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-word", run.Error, StringComparison.Ordinal);
    }
}
