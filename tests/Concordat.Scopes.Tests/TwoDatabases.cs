using System.Data.Common;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Concordat.Scopes.Tests;

/// <summary>Two PostgreSQL databases of one server, a coordinator, and a client that knows both. The drivers are as they come.</summary>
internal sealed class TwoDatabases : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly ServiceProvider _services;

    private TwoDatabases(InProcessCoordinator coordinator, TestDatabase orders, TestDatabase billing)
    {
        Coordinator = coordinator;
        Orders = orders;
        Billing = billing;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddConcordatClient(o => o.Address = new Uri("http://coordinator"))
            .AddResource("orders", "postgresql:test/orders")
            .AddResource("billing", "postgresql:test/billing")
            .Http.AddHttpMessageHandler(() => new Way(this));
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<IConcordatClient>();
    }

    public InProcessCoordinator Coordinator { get; }

    public TestDatabase Orders { get; }

    public TestDatabase Billing { get; }

    public IConcordatClient Client { get; }

    /// <summary>What happens when a commit is sent: it gets the sending.</summary>
    public Func<Func<HttpResponseMessage>, HttpResponseMessage> OnCommit { get; set; } = static send => send();

    public static async Task<TwoDatabases> CreateAsync(SharedServers servers)
    {
        var server = await servers.PostgresAsync();
        var coordinator = new InProcessCoordinator();
        await coordinator.InitializeAsync();
        var two = new TwoDatabases(coordinator, await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
        foreach (var database in two.Both)
        {
            // Checked when it is prepared.
            await database.ExecuteAsync("CREATE TABLE entries (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)");
        }

        return two;
    }

    public TestDatabase[] Both => [Orders, Billing];

    public static async Task InsertAsync(TestDatabase database, int id = 1)
    {
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync($"INSERT INTO entries VALUES ({id})");
    }

    /// <summary>Rows of both.</summary>
    public async Task<(int Orders, int Billing)> CountAsync() => (await CountAsync(Orders), await CountAsync(Billing));

    public static async Task<string[]> PreparedAsync(TestDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return [.. await connection.ColumnAsync("SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid")];
    }

    public async Task NothingIsPreparedAsync()
    {
        foreach (var database in Both)
        {
            Assert.Empty(await PreparedAsync(database));
        }
    }

    /// <summary>What somebody does who knows the database: lists, asks the coordinator, and does as it says.</summary>
    /// <returns>What the coordinator said of what was listed.</returns>
    public async Task<PreparedClass[]> SweepAsync(TestDatabase database)
    {
        var name = database == Orders ? "orders" : "billing";
        var sweep = await PostAsync($"/v1/resources/{name}/sweeps", new { identity = $"postgresql:test/{name}" });
        var prepared = await PreparedAsync(database);
        var listed = await PostAsync($"/v1/resources/{name}/sweeps/{sweep.GetProperty("ticket").GetString()}", new { prepared });
        var classes = listed.Deserialize(ContractJson.Default.ListingAnswer)!.Prepared.ToArray();
        await using var connection = await database.OpenAsync();
        foreach (var (gid, what) in prepared.Zip(classes))
        {
            var verb = what switch
            {
                PreparedClass.Committed => "COMMIT",
                PreparedClass.Aborted or PreparedClass.Orphan => "ROLLBACK",
                _ => null,
            };
            if (verb is not null)
            {
                await connection.ExecuteAsync($"{verb} PREPARED '{gid}'");
            }
        }

        return classes;
    }

    public async Task<TransactionDocument> LookAsync(TransactionId id) =>
        (await _http.GetFromJsonAsync(new Uri(Coordinator.Address, $"/v1/transactions/{id}"), ContractJson.Default.TransactionDocument))!;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _services.DisposeAsync();
        await Coordinator.DisposeAsync();
    }

    private static Task<int> CountAsync(TestDatabase database) => database.ScalarAsync<int>("SELECT count(*) FROM entries");

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(Coordinator.Address, path), body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>To the coordinator, wherever it is now.</summary>
    private sealed class Way(TwoDatabases two) : DelegatingHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.PathAndQuery;
            request.RequestUri = new Uri(two.Coordinator.Address, path);
            return path.EndsWith("/commit", StringComparison.Ordinal) ? two.OnCommit(() => base.Send(request, cancellationToken)) : base.Send(request, cancellationToken);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(two.Coordinator.Address, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
