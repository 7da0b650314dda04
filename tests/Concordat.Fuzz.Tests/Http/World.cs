using System.Net;
using System.Text;
using System.Text.Json;
using Concordat.Fuzz.Tests.Support;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>The real server over a real log and real sockets, with participants that do as they are told, and one that never knows.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("concordat-fuzz-").FullName;
    private readonly Action<ServerOptions>? _configure;
    private WebApplication _participants = null!;
    private WebApplication _server = null!;

    private World(Action<ServerOptions>? configure) => _configure = configure;

    public IPEndPoint EndPoint { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public IServiceProvider Services => _server.Services;

    /// <summary>What ended the process, had it been one.</summary>
    public List<Exception> Fatal { get; } = [];

    public static async Task<World> Start(Action<ServerOptions>? configure = null)
    {
        var world = new World(configure) { _participants = await Participants() };
        await world.StartServer();
        await world.Register();
        return world;
    }

    /// <summary>Registers everybody, also who is registered already.</summary>
    public async Task Register()
    {
        foreach (var name in (string[])["good-a", "good-b", "ghost"])
        {
            await Put(name, $"{_participants.Urls.Single()}/{name}");
        }

        using var resource = await Http.PutAsync("/v1/resources/database", Json("""{"identity": "fuzz:database"}"""));
        resource.EnsureSuccessStatusCode();
    }

    public async Task Put(string name, string url, bool onePhase = false, bool inquires = false)
    {
        using var put = await Http.PutAsync($"/v1/participants/{name}", Json(
            $$"""{"url": "{{url}}", "onePhase": {{(onePhase ? "true" : "false")}}, "inquires": {{(inquires ? "true" : "false")}}}"""));
        put.EnsureSuccessStatusCode();
    }

    /// <summary>Stops cleanly and starts on the same data.</summary>
    public async Task Restart()
    {
        await StopServer();
        await StartServer();
    }

    /// <summary>An open transaction that lives longer than the run.</summary>
    public Task<string> Open() => Begin("""{"name": "open", "timeoutSeconds": 80000, "labels": {"of": "fuzz"}}""");

    public Task<string> Run(string participant = "good-b") => Begin($$"""{"name": "run", "timeoutSeconds": 30, "branches": [{"participant": "good-a"}, {"participant": "{{participant}}"}]}""");

    /// <summary>One whose branch of the ghost is in hazard.</summary>
    public async Task<string> Hazard()
    {
        var id = await Run("ghost");
        await Bounded.Until(async () => (await Http.GetStringAsync($"/v1/transactions/{id}")).Contains("hazard", StringComparison.Ordinal), () => "the ghost's branch is in hazard");
        return id;
    }

    /// <summary>A saga whose one step was answered with nonsense, and waits for its next attempt longer than the run.</summary>
    public async Task<string> Saga()
    {
        using var response = await Http.PostAsync("/v1/sagas", Json("""
            {"name": "waits", "timeoutSeconds": 80000, "steps": [{"name": "flight", "participant": "good-a", "action": {"path": "/nothing-there"}, "compensation": {"path": "/nothing-there"},
             "retry": {"attempts": 1000, "initialSeconds": 3600, "maxSeconds": 3600}}]}
            """));
        response.EnsureSuccessStatusCode();
        using var saga = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return saga.RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>A transaction like everybody's still commits.</summary>
    public async Task ShouldCommit()
    {
        // A mutated request may be a good one: it may have removed a participant, or moved it.
        await Register();
        using var response = await Bounded.Comes(
            Http.PostAsync("/v1/transactions", Json("""{"timeoutSeconds": 30, "branches": [{"participant": "good-a"}, {"participant": "good-b"}]}""")), "a plain transaction is answered");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK && text.Contains("\"outcome\":\"committed\"", StringComparison.Ordinal), $"a plain transaction: {(int)response.StatusCode} {text}");
        Assert.Empty(Fatal);
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        await StopServer();
        await _participants.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task<string> Begin(string body)
    {
        using var response = await Bounded.Comes(Http.PostAsync("/v1/transactions", Json(body)), "a transaction is begun");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.GetProperty("id").GetString()!;
    }

    private async Task StartServer()
    {
        _server = ServerHost.Build(new ServerHostSettings
        {
            Urls = ["http://127.0.0.1:0"],
            Configure = options =>
            {
                options.Storage.Path = _data;
                options.Storage.SegmentSizeBytes = 4 * 1024 * 1024;
                options.Retry.HazardSeconds = 3600;

                // The hazards are never finished.
                options.Shutdown.DrainSeconds = 0;
                _configure?.Invoke(options);
            },
            AddServices = services => services
                .AddLogging(static logging => logging.ClearProviders())
                .AddConcordatEngine(engine => engine.Fatal = Fatal.Add).AddSingleton<IReachedDatabases>(new FixedDatabase()),
        });
        await _server.StartAsync();
        var address = new Uri(_server.Urls.Single());
        EndPoint = new IPEndPoint(IPAddress.Loopback, address.Port);
        Http = new HttpClient { BaseAddress = address };
    }

    private async Task StopServer()
    {
        Http.Dispose();
        await Bounded.Comes(_server.StopAsync(), "the server stops");
        await _server.DisposeAsync();
    }

    private static async Task<WebApplication> Participants()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(static async context =>
        {
            var path = context.Request.Path.Value!;
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (path.EndsWith("/prepare", StringComparison.Ordinal))
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"vote":"yes"}""");
                return;
            }

            context.Response.StatusCode = path == "/ghost/commit" ? StatusCodes.Status410Gone : StatusCodes.Status204NoContent;
        });
        await app.StartAsync();
        return app;
    }
}
