using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Client.Resources;

/// <summary>Settings of the agents that sweep this process's resources.</summary>
public sealed class ResourceAgentOptions
{
    /// <summary>How long after one sweep the next begins. From 100 ms to 1 hour. A branch whose process died is finished within this time.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class ResourceAgentOptionsValidator : IValidateOptions<ResourceAgentOptions>
{
    public ValidateOptionsResult Validate(string? name, ResourceAgentOptions options) =>
        options.Interval < TimeSpan.FromMilliseconds(100) || options.Interval > TimeSpan.FromHours(1)
            ? ValidateOptionsResult.Fail($"Concordat resources: Interval is {options.Interval}; it must be from 100 ms to 1 hour.")
            : ValidateOptionsResult.Success;
}

/// <summary>An agent for each resource that this process knows, for as long as its host runs.</summary>
internal sealed class ResourceAgents : BackgroundService
{
    public ResourceAgents(ConcordatClient client, IEnumerable<IResource> resources, ResourceAgentOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Concordat.Resources");
        All = [.. resources.Select(r => new ResourceAgent(r, new ResourceSweeper(client, r, time, logger), options.Interval, time, logger))];
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
