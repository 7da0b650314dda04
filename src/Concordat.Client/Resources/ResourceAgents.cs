using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Client.Resources;

/// <summary>Settings of the agents that sweep this process's resources.</summary>
public sealed class ResourceAgentOptions
{
    /// <summary>How long after one sweep the next begins. From 100 ms to 1 hour. A branch whose process died is finished within this time.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For how long MariaDB and MySQL keep the markers of branches that have ended (the rows of <c>concordat_branches</c>), from the begin of the branch on. From 1 minute
    /// to 366 days. A log of the coordinator that is restored from a copy may ask for whatever ended since the copy was made.
    /// </summary>
    public TimeSpan KeepMarkers { get; set; } = TimeSpan.FromHours(1);
}

internal sealed class ResourceAgentOptionsValidator : IValidateOptions<ResourceAgentOptions>
{
    public ValidateOptionsResult Validate(string? name, ResourceAgentOptions options) =>
        options.Interval < TimeSpan.FromMilliseconds(100) || options.Interval > TimeSpan.FromHours(1)
            ? ValidateOptionsResult.Fail($"Concordat resources: Interval is {options.Interval}; it must be from 100 ms to 1 hour.")
            : options.KeepMarkers < TimeSpan.FromMinutes(1) || options.KeepMarkers > TimeSpan.FromDays(366)
            ? ValidateOptionsResult.Fail($"Concordat resources: KeepMarkers is {options.KeepMarkers}; it must be from 1 minute to 366 days.")
            : ValidateOptionsResult.Success;
}

/// <summary>An agent for each resource that this process knows, for as long as its host runs.</summary>
internal sealed class ResourceAgents : BackgroundService
{
    public ResourceAgents(ConcordatClient client, IEnumerable<IResource> resources, ResourceAgentOptions options, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        var logger = loggers.CreateLogger("Concordat.Resources");
        All = [.. resources.Select(r => new ResourceAgent(r, new ResourceSweeper(client, r, options.KeepMarkers, time, logger), options.Interval, time, logger))];
        ResourceTelemetry.Observe(meters, All);
        client.SweepSoon += name => All.FirstOrDefault(a => string.Equals(a.Resource.Name, name, StringComparison.Ordinal))?.SweepSoon();
    }

    public IReadOnlyList<ResourceAgent> All { get; }

    public override void Dispose()
    {
        foreach (var agent in All)
        {
            agent.Dispose();
        }

        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(All.Select(agent => agent.RunAsync(stoppingToken)));
}
