using System.Net.Sockets;
using Concordat.Cli.Databases;
using Concordat.Cli.Output;
using Concordat.Core.Encoding;
using Concordat.Core.Recovery;
using Concordat.Log;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Concordat.Server.Engine;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Cli.Serving;

/// <summary>One run of the server, until a signal: the host as <see cref="ServerHost"/> composes it, and what it says to a terminal.</summary>
internal sealed class ServerRun(Terminal terminal)
{
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
        using var signals = new StopSignals(terminal, cancellationToken);
        using var engine = app.Services.GetRequiredService<CoordinatorEngine>();
        await StartAsync(app);
        await Task.WhenAny(signals.Stop, engine.Stopped);
        app.Services.GetRequiredService<ServedDatabases>().Stop();
        var drain = TimeSpan.FromSeconds(options.Shutdown.DrainSeconds);
        await engine.StopAsync(drain);
        using var patience = new CancellationTokenSource(LastAnswers);
        await app.StopAsync(patience.Token);
        await terminal.Error.WriteLineAsync("concordat: stopped");
        return ExitCode.Ok;
    }

    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new CommandFailedException(
                ExitCode.Error, $"cannot start: {e.Message.TrimEnd('.')}. Stop who listens there, or choose another address with --urls; port 0 takes any free one.");
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

        // Before the engine: where it listens is known while a long log is being recovered.
        services.AddHostedService(provider => new Announcement(terminal, provider.GetRequiredService<IServer>()));
        services.AddConcordatEngine(engine =>
        {
            engine.Restored = Restored;
            engine.Fatal = cause => ProcessEnd.AtOnce(terminal, cause);
        });

        // Behind the engine: there is nothing to be asked before it is ready.
        services.AddSingleton(static provider => new ServedDatabases(
            provider.GetRequiredService<IOptions<ServerOptions>>().Value, provider.GetRequiredService<IServer>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IReachedDatabases>(static provider => provider.GetRequiredService<ServedDatabases>());
        services.AddHostedService(static provider => provider.GetRequiredService<ServedDatabases>());
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
