using System.Data;
using System.Text.RegularExpressions;
using Concordat.Client.Resources;
using Concordat.Cli;
using Concordat.Cli.Output;

namespace Concordat.Databases.Tests.Operators;

/// <summary>
/// <c>concordat serve</c> as a process of its own, one PostgreSQL database and one MariaDB, and an application that prepares there and dies. The server and
/// the commands load their drivers from files, as anybody's would.
/// </summary>
internal sealed class OperatorRig : IAsyncDisposable
{
    private const string Add = "UPDATE t SET v = v + 1 WHERE id = 1";
    private readonly string _folder;
    private readonly Service _server;

    /// <summary>Asks whether the server is ready.</summary>
    private readonly HttpClient _probe;

    private OperatorRig(string folder, Service server, HttpClient probe, HttpClient http, TestDatabase orders, TestDatabase stock)
    {
        (_folder, _server, _probe, Http) = (folder, server, probe, http);
        Orders = new DatabaseResource("orders", orders.Source, Dialect.Postgres);
        Stock = new DatabaseResource("stock", stock.Source, Dialect.MySql);
        Databases = new Dictionary<string, TestDatabase>(StringComparer.Ordinal) { ["orders"] = orders, ["stock"] = stock };
    }

    internal HttpClient Http { get; }

    internal DatabaseResource Orders { get; }

    internal DatabaseResource Stock { get; }

    internal Dictionary<string, TestDatabase> Databases { get; }

    internal string Output => _server.Process.Output;

    internal Service Server => _server;

    internal static string Driver(string resource) => Path.Combine(AppContext.BaseDirectory, resource == "orders" ? "Npgsql.dll" : "MySql.Data.dll");

    internal static string Kind(string resource) => resource == "orders" ? "postgres" : "mysql";

    /// <param name="reached">Which of the two the server has in its settings.</param>
    internal static async Task<OperatorRig> StartAsync(SharedServers servers, string[] reached, params string[] more)
    {
        var databases = new Dictionary<string, TestDatabase>(StringComparer.Ordinal)
        {
            ["orders"] = await (await servers.PostgresAsync()).CreateDatabaseAsync(),
            ["stock"] = await (await servers.MariaDbAsync()).CreateDatabaseAsync(),
        };
        foreach (var database in databases.Values)
        {
            await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0)");
        }

        string[] settings = [.. reached.SelectMany(name => Setting(name, Driver(name), databases[name].ConnectionString)), .. more];
        var rig = await ServeAsync(settings, databases["orders"], databases["stock"]);
        foreach (var resource in (DatabaseResource[])[rig.Orders, rig.Stock])
        {
            using var answer = await rig.Http.PutAsync($"/v1/resources/{resource.Name}", Json($$"""{"identity":"{{await resource.IdentifyAsync(CancellationToken.None)}}"}"""));
            answer.EnsureSuccessStatusCode();
        }

        // The first sweep of each is over, so that with an interval of an hour there is no other that a test does not ask for.
        await Until.TrueAsync("the server has swept what it reaches", async () =>
        {
            var resources = await rig.Http.GetStringAsync("/v1/resources");
            return Regex.Count(resources, "\"lastSweepAt\":\"") >= reached.Length;
        });
        return rig;
    }

    /// <summary>As of the environment: NAME=VALUE.</summary>
    internal static string[] Setting(string resource, string driver, string connectionString) =>
    [
        $"Concordat__Resources__{resource}__Kind={Kind(resource)}", $"Concordat__Resources__{resource}__Driver={driver}",
        $"Concordat__Resources__{resource}__ConnectionString={connectionString}", $"Concordat__Resources__{resource}__IntervalSeconds=3600",
    ];

    internal static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    /// <summary>An application prepares a branch on each, and dies; with its commit, or before.</summary>
    internal async Task<TransactionId> PrepareAndDieAsync(bool committed, params DatabaseResource[] resources)
    {
        using var begun = await Http.PostAsync("/v1/transactions", Json("""{"name":"order","timeoutSeconds":3600}"""));
        using var document = System.Text.Json.JsonDocument.Parse(await begun.Content.ReadAsStringAsync());
        var id = TransactionId.Parse(document.RootElement.GetProperty("id").GetString()!);
        var votes = new List<string>();
        foreach (var resource in resources)
        {
            await using var branch = await resource.OpenAsync(id, IsolationLevel.Unspecified, CancellationToken.None);
            await branch.Connection.ExecuteAsync(Add);
            var vote = await branch.PrepareAsync(CancellationToken.None);
            votes.Add($$"""{"participant":"{{resource.Name}}","branchId":"{{branch.BranchId}}","vote":"yes","evidence":"{{vote.Evidence}}"}""");
        }

        if (committed)
        {
            using var answer = await Http.PostAsync($"/v1/transactions/{id}/commit", Json($$"""{"branches":[{{string.Join(',', votes)}}]}"""));
            answer.EnsureSuccessStatusCode();
        }

        return id;
    }

    /// <summary>The transaction itself: that one of its branches is committed says nothing.</summary>
    internal Task UntilEndedAsync(TransactionId id) => Until.TrueAsync("the transaction has ended", async () =>
    {
        using var http = new HttpClient { BaseAddress = _server.Address };
        using var document = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync($"/v1/transactions/{id}"));
        return document.RootElement.GetProperty("state").GetString() == "committed";
    });

    /// <summary>An end becomes durable with whatever is forced next, such as this.</summary>
    internal async Task ForceAsync()
    {
        using var http = new HttpClient { BaseAddress = _server.Address };
        var name = Guid.NewGuid().ToString("N");
        using var answer = await http.PutAsync($"/v1/resources/{name}", Json($$"""{"identity":"{{name}}"}"""));
        answer.EnsureSuccessStatusCode();
    }

    internal Task<int> ValueAsync(string resource) => Databases[resource].ScalarAsync<int>("SELECT v FROM t WHERE id = 1");

    internal async Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["CONCORDAT_SERVER"] = _server.Address.ToString() };
        var exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, error, width: null, environment.GetValueOrDefault), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        _probe.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    internal static string[] Serve(string folder, int port, string[] settings) =>
        ["env", .. settings, .. Programs.Concordat("serve", "--data", Path.Combine(folder, "data"), "--urls", $"http://127.0.0.1:{port}", "--drain-seconds", "60")];

    private static async Task<OperatorRig> ServeAsync(string[] settings, TestDatabase orders, TestDatabase stock)
    {
        var folder = Directory.CreateTempSubdirectory("concordat-operators-").FullName;
        var http = new HttpClient();
        var server = new Service("the server", Path.Combine(folder, "output.txt"), http, "/readyz", port => Serve(folder, port, settings));
        await server.StartAsync();
        return new OperatorRig(folder, server, http, new HttpClient { BaseAddress = server.Address }, orders, stock);
    }
}
