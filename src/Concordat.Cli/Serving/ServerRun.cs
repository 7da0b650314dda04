using System.Net.Sockets;
using Concordat.Cli.Output;
using Concordat.Core.Encoding;
using Concordat.Core.Recovery;
using Concordat.Log;
using Concordat.Server.Configuration;
using Concordat.Server.Delivery;
using Concordat.Server.Engine;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Cli.Serving;

/// <summary>
/// One run of the server.
/// <list type="number">
/// <item>The data directory is taken. Nobody else starts on it from here on; a crash lets it go.</item>
/// <item>HTTP listens and answers 503, so that a port in use is known before anything is recovered.</item>
/// <item>The engine recovers the log. What stops it here has written nothing.</item>
/// <item>It serves until a signal: then it takes no new work, finishes what is decided, closes the log, and only then stops listening,
/// since participants ask for outcomes until the last moment.</item>
/// </list>
/// </summary>
internal sealed class ServerRun(Terminal terminal)
{
    private const int MaxRecordBytes = 5 * 1024 * 1024;

    /// <summary>For answers that are on their way when the engine has stopped.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(2);

    internal required ServerHostSettings Settings { get; init; }

    internal required bool Restored { get; init; }

    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var app = ServerHost.Build(Settings with { AddServices = AddEngine });
            return (int)await RunAsync(app, cancellationToken);
        }
        catch (Exception e) when (IsStartError(e))
        {
            throw new CommandFailedException(ExitCode.Error, "cannot start: " + e.Message);
        }
    }

    private async Task<ExitCode> RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var options = app.Services.GetRequiredService<IOptions<ServerOptions>>().Value;
        var storage = app.Services.GetRequiredService<TakenLogStorage>();
        storage.Take();
        using var signals = new StopSignals(terminal, cancellationToken);
        using var engine = app.Services.GetRequiredService<CoordinatorEngine>();
        await ListenAsync(app);
        engine.Start();
        await engine.Ready;
        await Task.WhenAny(signals.Stop, engine.Stopped);
        var drain = TimeSpan.FromSeconds(options.Shutdown.DrainSeconds);
        await engine.StopAsync(drain);
        using var patience = new CancellationTokenSource(LastAnswers);
        await app.StopAsync(patience.Token);
        await terminal.Error.WriteLineAsync("concordat: stopped");
        return ExitCode.Ok;
    }

    private async Task ListenAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e)
        {
            throw new CommandFailedException(
                ExitCode.Error, $"cannot start: {e.Message.TrimEnd('.')}. Stop who listens there, or choose another address with --urls; port 0 takes any free one.");
        }

        foreach (var url in app.Urls)
        {
            await terminal.Error.WriteLineAsync($"concordat: listening on {url}");
        }
    }

    private void AddEngine(IServiceCollection services)
    {
        // Signals are ours: the host would stop listening before what is decided is finished.
        services.AddSingleton<IHostLifetime, NoLifetime>();

        // What they say is said below in a line of our own, or thrown.
        services.AddLogging(static logging => logging
            .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None));
        services.AddSingleton(static provider => new TakenLogStorage(
            new FileLogStorage(provider.GetRequiredService<IOptions<ServerOptions>>().Value.Storage.Path)));
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<ServerOptions>>().Value;
            var address = provider.GetRequiredService<PublicAddress>();
            return new HttpCallSender(TimeSpan.FromSeconds(options.Timeouts.AttemptSeconds), () => address.Url ?? "");
        });
        services.AddSingleton(provider => new CoordinatorEngine(
            EngineOptions(provider.GetRequiredService<IOptions<ServerOptions>>().Value),
            provider.GetRequiredService<TakenLogStorage>(),
            provider.GetRequiredService<HttpCallSender>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Concordat.Engine"),
            cause => ProcessEnd.AtOnce(terminal, cause)));
        services.AddSingleton<ICoordinatorEngine>(static provider => provider.GetRequiredService<CoordinatorEngine>());
    }

    private EngineOptions EngineOptions(ServerOptions options)
    {
        var log = options.ToLogOptions();
        return new EngineOptions
        {
            Coordinator = options.ToCoordinatorOptions(),

            // Half a segment would do; less leaves more of the preallocated space to be promised.
            Log = log.SegmentSizeBytes > 2 * MaxRecordBytes + 1024 ? log with { MaxRecordBytes = MaxRecordBytes } : log,
            Restored = Restored,
        };
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>What a person can do something about. Everything else is a bug and keeps its stack trace.</summary>
    private static bool IsStartError(Exception e) => e is ConfigurationException or OptionsValidationException or LogLockedException or LogDamagedException
        or LogVersionException or LogSpaceException or LogFailedException or ImpossibleLogException or RecordFormatException
        or IOException or SocketException or UnauthorizedAccessException;
}
