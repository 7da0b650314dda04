using Concordat.Client;
using Concordat.Client.Resources;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Databases.Tests.Transactions;

/// <summary>
/// The real coordinator, and a process that uses two PostgreSQL databases of one server (orders, billing) and a MariaDB (stock) in transactions. Each
/// has a table <c>t(id, v)</c> with the row 1, 0.
/// </summary>
internal sealed class TransactionRig : IAsyncDisposable
{
    private readonly string _data;
    private readonly WebApplication _server;
    private readonly IHost _process;
    private readonly Dictionary<string, TestDatabase> _databases;

    private TransactionRig(string data, WebApplication server, IHost process, Dictionary<string, TestDatabase> databases)
    {
        (_data, _server, _process, _databases) = (data, server, process, databases);
        Client = process.Services.GetRequiredService<IConcordatClient>();
    }

    public IConcordatClient Client { get; }

    public Uri Address => new(_server.Urls.Single());

    public TestDatabase this[string resource] => _databases[resource];

    /// <param name="sweeping">Whether the process sweeps its databases.</param>
    public static async Task<TransactionRig> StartAsync(SharedServers servers, bool sweeping)
    {
        var postgres = await servers.PostgresAsync();
        var databases = new Dictionary<string, TestDatabase>(StringComparer.Ordinal)
        {
            ["orders"] = await postgres.CreateDatabaseAsync(),
            ["billing"] = await postgres.CreateDatabaseAsync(),
            ["stock"] = await (await servers.MariaDbAsync()).CreateDatabaseAsync(),
        };
        foreach (var database in databases.Values)
        {
            await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL CHECK (v >= 0)); INSERT INTO t VALUES (1, 0)");
        }

        var data = Directory.CreateTempSubdirectory("concordat-databases-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options =>
        {
            options.Storage.Path = data;
            options.Shutdown.DrainSeconds = 0;
        });
        builder.Services.AddConcordatEngine();
        var server = builder.Build();
        server.UseConcordatProblems();
        server.MapConcordat();
        await server.StartAsync();

        var host = Host.CreateApplicationBuilder();
        host.Logging.ClearProviders();
        host.Services.Configure<ResourceAgentOptions>(o => o.Interval = TimeSpan.FromMilliseconds(100));
        host.Services.AddConcordatClient(o => o.Address = new Uri(server.Urls.Single()))
            .AddPostgres("orders", _ => databases["orders"].Source)
            .AddPostgres("billing", _ => databases["billing"].Source)
            .AddMySql("stock", _ => databases["stock"].Source);
        var process = host.Build();
        if (sweeping)
        {
            await process.StartAsync();
        }

        return new TransactionRig(data, server, process, databases);
    }

    public DatabaseResource Resource(string name) => (DatabaseResource)_process.Services.GetServices<IResource>().Single(r => r.Name == name);

    public Task StartSweepingAsync() => _process.StartAsync();

    public Task<int> ValueAsync(string resource) => this[resource].ScalarAsync<int>("SELECT v FROM t WHERE id = 1");

    /// <summary>What every database says of the row.</summary>
    public async Task<(int Orders, int Billing, int Stock)> ValuesAsync() => (await ValueAsync("orders"), await ValueAsync("billing"), await ValueAsync("stock"));

    public async Task<int> PreparedAsync()
    {
        var prepared = 0;
        foreach (var name in _databases.Keys)
        {
            prepared += (await Resource(name).ListPreparedAsync(CancellationToken.None)).Count;
        }

        return prepared;
    }

    /// <summary>For votes that are sent without the SDK, whose <c>OpenAsync</c> and sweeps tell the coordinator of the resources by themselves.</summary>
    public async Task RegisterAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        foreach (var name in _databases.Keys)
        {
            var identity = await Resource(name).IdentifyAsync(CancellationToken.None);
            using var response = await http.PutAsync(
                $"/v1/resources/{name}", new StringContent($$"""{"identity":"{{identity}}"}""", System.Text.Encoding.UTF8, "application/json"));
            response.EnsureSuccessStatusCode();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync();
        _process.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
        foreach (var database in _databases.Values)
        {
            await database.Source.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }
}
