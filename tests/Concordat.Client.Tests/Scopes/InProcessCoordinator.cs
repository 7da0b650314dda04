using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Scopes;

/// <summary>The real server in this process, on a directory of its own: stopped and started again as a test likes, each time on another port.</summary>
public sealed class InProcessCoordinator : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("concordat-scopes-").FullName;
    private WebApplication? _app;

    /// <summary>While it is stopped: where it was, and where nobody is.</summary>
    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options =>
        {
            options.Storage.Path = _data;

            // Nobody sweeps here, so nothing that is decided ends.
            options.Shutdown.DrainSeconds = 0;
        });
        builder.Services.AddConcordatEngine();
        _app = builder.Build();
        _app.UseConcordatProblems();
        _app.MapConcordat();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single());
    }

    public async Task StopAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>From inside a call that cannot be awaited.</summary>
    public void Restart() => Task.Run(async () =>
    {
        await StopAsync();
        await StartAsync();
    }).Wait();

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await StopAsync();
        }

        Directory.Delete(_data, recursive: true);
    }
}
