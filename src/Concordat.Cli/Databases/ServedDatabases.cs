using System.Net;
using System.Net.Http.Headers;
using Concordat.Client;
using Concordat.Client.Resources;
using Concordat.Databases;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Cli.Databases;

/// <summary>
/// The databases of the settings, each with an agent, as every process of the SDK has them: it asks this very server over HTTP, like any other. So a sweep by
/// the server is nothing special, and there may be others.
/// <list type="number">
/// <item>Drivers are loaded and connection strings looked at before anything starts: what is wrong there stops the start.</item>
/// <item>When the server listens and has recovered, the agents begin. A database that is down is tried again and again; nothing waits for it.</item>
/// <item>When the server stops, they are told to and not waited for: what a sweep leaves half done the next one does.</item>
/// </list>
/// </summary>
internal sealed class ServedDatabases : IReachedDatabases, IHostedLifecycleService, IDisposable
{
    /// <summary>Where it listens is known when it does. Until then nobody must be asked, least of all who listens on the usual port.</summary>
    private static readonly Uri NotListeningYet = new("http://this-server.invalid");

    private readonly Dictionary<string, Served> _byName = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceProvider _services;
    private readonly IServer _server;

    /// <exception cref="ConfigurationException">Names every database whose driver cannot be loaded.</exception>
    internal ServedDatabases(ServerOptions options, IServer server, ILoggerFactory loggers)
    {
        _server = server;
        _services = ClientOfThisServer(options);
        var client = (ConcordatClient)_services.GetRequiredService<IConcordatClient>();
        var logger = loggers.CreateLogger("Concordat.Resources");
        var problems = new List<string>();
        foreach (var (name, settings) in options.Resources)
        {
            try
            {
                var database = DatabaseConnecting.Create(name, settings);
                var sweeper = new ResourceSweeper(client, database, TimeSpan.FromSeconds(settings.KeepMarkersSeconds), TimeProvider.System, logger);
                _byName.Add(name, new Served(database, settings, new ResourceAgent(database, sweeper, TimeSpan.FromSeconds(settings.IntervalSeconds), TimeProvider.System, logger)));
            }
            catch (DriverException e)
            {
                problems.Add($"{ServerOptions.Section}:Resources:{name}: {e.Message}");
            }
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException(string.Join(Environment.NewLine, problems));
        }
    }

    public IReadOnlyCollection<string> Names => _byName.Keys;

    public ResourceAgentDocument? AgentOf(string resource) =>
        _byName.TryGetValue(resource, out var served) ? DatabaseAnswers.Of(served.Agent, served.Options) : null;

    public async Task<DatabaseListing> ListAsync(string resource, CancellationToken cancellationToken)
    {
        try
        {
            return await DatabaseAnswers.ListAsync(_byName[resource].Database, cancellationToken);
        }
        catch (Exception e) when (DatabaseAnswers.IsOfDatabase(e))
        {
            throw new DatabaseUnreachableException(e.Message, e);
        }
    }

    public async Task<ReconcileAnswer> ReconcileAsync(string resource, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            return DatabaseAnswers.Of(await _byName[resource].Agent.SweepAsync(either.Token));
        }
        catch (RequestRefusedException e) when (e.Type == "/problems/other-database")
        {
            throw new OtherDatabaseException(e.Message, e);
        }
        catch (Exception e) when (DatabaseAnswers.IsOfSweep(e) || _stop.IsCancellationRequested)
        {
            throw new DatabaseUnreachableException(_stop.IsCancellationRequested ? "the server is stopping" : e.Message, e);
        }
    }

    /// <summary>Behind the engine, which was added before: it is ready by now.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _services.GetRequiredService<IOptions<ConcordatClientOptions>>().Value.Address = Loopback(_server);
        foreach (var served in _byName.Values)
        {
            _ = Task.Run(() => served.Agent.RunAsync(_stop.Token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    /// <summary>Before the engine drains, which a sweep has no part in.</summary>
    internal void Stop() => _stop.Cancel();

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Stop();
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The agents stay as they are: one may still be in the middle of a call to a driver that nothing interrupts, and ends with the process.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _services.Dispose();
    }

    private static ServiceProvider ClientOfThisServer(ServerOptions options)
    {
        var services = new ServiceCollection();

        // The client tells its caller what went wrong, and the agents log that.
        services.AddLogging();
        services.AddConcordatClient(static client => client.Address = NotListeningYet).Http
            .ConfigureHttpClient(http => http.DefaultRequestHeaders.Authorization = options.Auth.Tokens is [var token, ..] ? new AuthenticationHeaderValue("Bearer", token) : null);
        return services.BuildServiceProvider();
    }

    /// <summary>Its own first address; one that means "all" is reached over loopback.</summary>
    private static Uri Loopback(IServer server)
    {
        var first = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? throw new InvalidOperationException("the server does not listen yet");
        var address = new UriBuilder(first);
        address.Host = IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && ip.Equals(IPAddress.Any) ? "127.0.0.1"
            : ip is not null && ip.Equals(IPAddress.IPv6Any) ? "[::1]"
            : address.Host;
        return address.Uri;
    }

    private sealed record Served(DatabaseResource Database, DatabaseOptions Options, ResourceAgent Agent);
}
