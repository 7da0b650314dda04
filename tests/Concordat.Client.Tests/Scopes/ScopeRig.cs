using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Scopes;

/// <summary>A client with two databases of its own, a wire that can break, and the real coordinator behind it.</summary>
internal sealed class ScopeRig : IAsyncDisposable
{
    public const string Begin = "POST /v1/transactions";
    public const string Commit = "/commit";
    public const string Rollback = "/rollback";
    private readonly HttpClient _http = new();
    private readonly InProcessCoordinator _coordinator;
    private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];

    public ScopeRig(InProcessCoordinator coordinator, Action<ConcordatClientOptions>? with = null, bool databases = true, Action<IConcordatClientBuilder>? add = null)
    {
        _coordinator = coordinator;
        Wire = new FaultyWire(coordinator);
        var services = new ServiceCollection();
        services.AddLogging();
        var builder = services.AddConcordatClient(o =>
        {
            o.Address = new Uri("http://coordinator");
            with?.Invoke(o);
        });
        if (databases)
        {
            builder.AddResource(Orders, $"pg:1/{Orders}").AddResource(Billing, _ => $"pg:1/{Billing}");
        }

        add?.Invoke(builder);
        builder.Http.AddHttpMessageHandler(() => Wire);
        Services = services.BuildServiceProvider();
        Client = Services.GetRequiredService<IConcordatClient>();
    }

    public string Orders => $"orders-{_suffix}";

    public string Billing => $"billing-{_suffix}";

    public ServiceProvider Services { get; }

    public FaultyWire Wire { get; }

    public IConcordatClient Client { get; }

    /// <summary>Where it may block without taking a thread from the pool.</summary>
    public static Task OnAThreadAsync(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Past the wire and its faults.</summary>
    public async Task<TransactionDocument> LookAsync(TransactionId id) =>
        (await _http.GetFromJsonAsync(new Uri(_coordinator.Address, $"/v1/transactions/{id}"), ContractJson.Default.TransactionDocument))!;

    public TransactionDocument Look(ConcordatScope scope) => Task.Run(() => LookAsync(scope.Id!.Value)).Result;

    public Task AbortsAsync(ConcordatScope scope) => Wait.UntilAsync(() => Look(scope).Outcome == Outcome.Aborted, $"the coordinator aborts {scope.Id}");

    /// <summary>As its deadline would, at a moment of the test's choice.</summary>
    public Task AbortAtDeadline(ConcordatScope scope) => Task.Run(() => PostAsync($"/v1/transactions/{scope.Id}/rollback", new { }));

    /// <summary>What a begin with this timeout is answered.</summary>
    public HttpResponseMessage BeginElsewhere(int seconds) =>
        Task.Run(() => _http.PostAsJsonAsync(new Uri(_coordinator.Address, "/v1/transactions"), new { timeoutSeconds = seconds })).Result;

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(_coordinator.Address, path), body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task RemoveAsync(string resource) => (await _http.DeleteAsync(new Uri(_coordinator.Address, $"/v1/resources/{resource}"))).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Services.DisposeAsync();
    }
}
