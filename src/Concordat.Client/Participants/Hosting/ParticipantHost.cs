using Concordat.Core.Participation;
using Concordat.Log;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>What the participant is made of, as the builder put it together.</summary>
internal sealed record ParticipantParts
{
    public Func<IServiceProvider, ParticipantOptions, ILogger, IResourceRunner>? Runner { get; set; }

    /// <summary>Where the log lives; tests put a disk in memory here.</summary>
    public Func<ParticipantOptions, ILogStorage> Storage { get; set; } = static o => new FileLogStorage(o.DataDirectory);

    /// <summary>The path that <c>MapConcordatParticipant</c> mapped.</summary>
    public string? MappedPath { get; set; }
}

/// <summary>
/// The participant's life in its host. Its log is read before the host counts as started, and a log that cannot be read stops the
/// start with what is wrong.
/// </summary>
internal sealed class ParticipantHost(
    ParticipantOptions options, ParticipantParts parts, IServiceProvider services, IHttpClientFactory http, TimeProvider time, ILogger<ParticipantHost> logger)
    : IHostedLifecycleService, IParticipant, IAsyncDisposable
{
    private ParticipantEngine? _engine;
    private IResourceRunner? _runner;
    private bool _stopped;

    /// <summary>Set by the registration.</summary>
    public bool IsRegistered { get; set; }

    public ParticipantStatus Status => _engine is { } engine
        ? engine.Status with { Registered = IsRegistered }
        : new ParticipantStatus(false, IsRegistered, 0, 0, 0);

    /// <exception cref="ParticipantUnavailableException">It has not started yet.</exception>
    public ParticipantEngine Engine => _engine ?? throw new ParticipantUnavailableException($"Participant '{options.Name}' has not started yet.");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Before every ordinary hosted service, the web server among them: no call arrives before the log is read.
        var create = parts.Runner ?? throw new InvalidOperationException(
            "AddConcordatParticipant needs UseResourceManager<T>() or UseLoggedResourceManager<T>(): there is nothing yet that votes.");
        _runner = create(services, options, logger);
        _engine = new ParticipantEngine(options, _runner, parts.Storage(options), new HttpInquirer(http, options, time, logger), time, logger);
        _engine.Start();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // The web server waits for the calls that it serves, and these for the resource manager.
        _runner?.CancelAfter(options.StopTimeout);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // After every ordinary hosted service: calls that are being served are answered first.
    public Task StoppedAsync(CancellationToken cancellationToken) => EndAsync();

    public async Task ApplyAsync(ReadOnlyMemory<byte> change, CancellationToken cancellationToken = default)
    {
        RequireLogged();
        if (change.Length > Engine.MaxOperationsBytes)
        {
            throw new ArgumentException($"A change has at most {Engine.MaxOperationsBytes} bytes here (a quarter of a log segment).", nameof(change));
        }

        var bytes = change.ToArray();
        await Engine.CallAsync(caller => new EngineWork.Change(caller, bytes), cancellationToken).ConfigureAwait(false);
    }

    public Task<T> ReadAsync<T>(Func<T> read, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        return Engine.ReadAsync(read, cancellationToken);
    }

    /// <summary>Also after a start that failed half-way, which no stop follows: the log must let go of its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        _engine?.Dispose();
        (_runner as IDisposable)?.Dispose();
    }

    /// <summary>Ends as a crash would. For tests.</summary>
    internal void Crash() => _engine?.Crash();

    private Task EndAsync()
    {
        var first = !_stopped;
        _stopped = true;
        return first && _engine is { } engine ? engine.StopAsync() : Task.CompletedTask;
    }

    private void RequireLogged()
    {
        if (_runner is not null and { Replayed: null })
        {
            throw new NotSupportedException("Only the state of an ILoggedResourceManager is changed through the participant's log.");
        }
    }
}
