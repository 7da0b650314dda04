using Microsoft.Extensions.DependencyInjection;
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
        if (All.GroupBy(a => a.Resource.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
        {
            throw new InvalidOperationException($"Resource '{twice.Key}' is registered twice: a name is one database.");
        }

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

public static class ConcordatResourceExtensions
{
    /// <summary>Adds a database that takes part without a service before it: this process may use it in transactions, and sweeps it.</summary>
    /// <param name="name">Its name at the coordinator: the same in every process that uses it.</param>
    public static IConcordatClientBuilder AddResource(
        this IConcordatClientBuilder builder, string name, Func<IServiceProvider, IResource> resource, Action<ResourceAgentOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!Names.IsParticipantName(name))
        {
            throw new ArgumentException($"'{name}' is no name of a resource: those have 1 to 128 letters, digits and . _ -, and begin with a letter or a digit.", nameof(name));
        }

        ArgumentNullException.ThrowIfNull(resource);
        var services = builder.Services;
        services.AddSingleton(resource);
        var options = services.AddOptions<ResourceAgentOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        if (services.Any(s => s.ServiceType == typeof(ResourceAgents)))
        {
            return builder;
        }

        services.AddSingleton<IValidateOptions<ResourceAgentOptions>, ResourceAgentOptionsValidator>();
        services.AddSingleton(static s => new ResourceAgents(
            (ConcordatClient)s.GetRequiredService<IConcordatClient>(),
            s.GetServices<IResource>(),
            s.GetRequiredService<IOptions<ResourceAgentOptions>>().Value,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService(static s => s.GetRequiredService<ResourceAgents>());
        return builder;
    }
}
