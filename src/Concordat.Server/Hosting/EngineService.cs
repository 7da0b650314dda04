using Concordat.Server.Configuration;
using Concordat.Server.Engine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Hosting;

/// <summary>
/// The engine's life within its host's.
/// <list type="number">
/// <item>Before anything starts, the data directory is taken: nobody else starts on it from here on; a crash lets it go.</item>
/// <item>The host's services start. HTTP listens and answers 503, so that a port in use is known before anything is recovered.</item>
/// <item>The engine recovers the log. What stops it here has written nothing, and the host does not start.</item>
/// <item>When the host stops: it takes no new work, finishes what is decided and closes the log, and only then does HTTP stop, since
/// participants ask for outcomes until the last moment.</item>
/// </list>
/// </summary>
internal sealed class EngineService(CoordinatorEngine engine, TakenLogStorage storage, IOptions<ServerOptions> options) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        storage.Take();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        engine.Start();
        return engine.Ready.WaitAsync(cancellationToken);
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => engine.State == EngineState.Stopped
        ? Task.CompletedTask
        : engine.StopAsync(TimeSpan.FromSeconds(options.Value.Shutdown.DrainSeconds)).WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
