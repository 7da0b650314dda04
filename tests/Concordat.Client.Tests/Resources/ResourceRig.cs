using System.Diagnostics.Metrics;
using System.Text.Json;
using Concordat.Client.Resources;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Resources;

/// <summary>The real coordinator on a free port, and a process with agents for some databases beside it.</summary>
internal sealed class ResourceRig : IAsyncDisposable
{
    private readonly string _data;
    private readonly WebApplication _server;
    private readonly IHost _process;

    private ResourceRig(string data, WebApplication server, IHost process)
    {
        (_data, _server, _process) = (data, server, process);
        Http = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        Client = (ConcordatClient)process.Services.GetRequiredService<IConcordatClient>();
    }

    public HttpClient Http { get; }

    public ConcordatClient Client { get; }

    public ResourceAgents Agents => _process.Services.GetRequiredService<ResourceAgents>();

    public IMeterFactory Meters => _process.Services.GetRequiredService<IMeterFactory>();

    /// <param name="sweeping">Whether the agents run; else a test sweeps by itself.</param>
    public static Task<ResourceRig> StartAsync(bool sweeping, params FakeResource[] resources) => StartAsync(sweeping, _ => { }, resources);

    public static async Task<ResourceRig> StartAsync(bool sweeping, Action<IConcordatClientBuilder> with, params FakeResource[] resources)
    {
        var data = Directory.CreateTempSubdirectory("concordat-resources-").FullName;
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
        await server.StartAsync(TestContext.Current.CancellationToken);

        var host = Host.CreateApplicationBuilder();
        host.Logging.ClearProviders();
        var client = host.Services.AddConcordatClient(o => o.Address = new Uri(server.Urls.Single()));
        with(client);
        foreach (var resource in resources)
        {
            client.AddResource(resource.Name, _ => resource, o => o.Interval = TimeSpan.FromMilliseconds(100));
        }

        var process = host.Build();
        if (sweeping)
        {
            await process.StartAsync(TestContext.Current.CancellationToken);
        }

        return new ResourceRig(data, server, process);
    }

    public ResourceSweeper SweeperOf(FakeResource resource) =>
        new(Client, resource, TimeSpan.FromHours(1), TimeProvider.System, _process.Services.GetRequiredService<ILoggerFactory>().CreateLogger("test"));

    /// <summary>An end becomes durable with whatever is forced next, such as this.</summary>
    public async Task ForceAsync()
    {
        var name = Guid.NewGuid().ToString("N");
        using var body = new StringContent($$"""{"identity":"{{name}}"}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await Http.PutAsync($"/v1/resources/{name}", body, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async Task<string> BeginAsync() => (await PostAsync("/v1/transactions", "{}")).GetProperty("id").GetString()!;

    /// <summary>Votes yes for one branch on each, called <c>b</c> and the resource's name.</summary>
    public async Task CommitAsync(string transaction, bool withEvidence, params FakeResource[] resources)
    {
        var branches = resources.Select(r => $$"""{"participant":"{{r.Name}}","branchId":"b{{r.Name}}","vote":"yes"{{(withEvidence ? """,  "evidence":"7" """ : "")}}}""");
        var document = await PostAsync($"/v1/transactions/{transaction}/commit", $$"""{"branches":[{{string.Join(',', branches)}}]}""");
        Assert.Equal("committed", document.GetProperty("outcome").GetString());
    }

    public async Task<string> StateOfAsync(string transaction)
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync($"/v1/transactions/{transaction}", TestContext.Current.CancellationToken));
        return document.RootElement.GetProperty("state").GetString()!;
    }

    public async Task<JsonElement> PostAsync(string path, string body)
    {
        using var response = await Http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    public Task StopServerAsync() => _server.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.StopAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
        await _server.StopAsync(TestContext.Current.CancellationToken);
        await _server.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
