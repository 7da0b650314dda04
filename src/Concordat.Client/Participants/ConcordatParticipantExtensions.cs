using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Concordat.Client.Participants;

public static class ConcordatParticipantExtensions
{
    /// <summary>The name and the tag <c>ready</c> of the health check.</summary>
    public const string HealthCheckName = "concordat-participant";

    /// <summary>
    /// Makes this process a participant: it takes part in transactions with the resource manager that the builder names. One per process.
    /// </summary>
    public static IConcordatParticipantBuilder AddConcordatParticipant(this IServiceCollection services, Action<ParticipantOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(s => s.ServiceType == typeof(ParticipantParts)))
        {
            throw new InvalidOperationException("AddConcordatParticipant was called twice: a process is one participant.");
        }

        CoordinatorHttpClients.Add(services);
        services.AddOptions<ParticipantOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ParticipantOptions>, ParticipantOptionsValidator>());
        var parts = new ParticipantParts();
        services.AddSingleton(parts);
        services.AddSingleton(static s => ActivatorUtilities.CreateInstance<ParticipantHost>(s, s.GetRequiredService<IOptions<ParticipantOptions>>().Value));
        services.AddSingleton<IParticipant>(static s => s.GetRequiredService<ParticipantHost>());
        services.AddSingleton<IHostedService>(static s => s.GetRequiredService<ParticipantHost>());
        services.AddSingleton<IHostedService>(
            static s => ActivatorUtilities.CreateInstance<ParticipantRegistration>(s, s.GetRequiredService<IOptions<ParticipantOptions>>().Value));
        services.AddHealthChecks().AddCheck<ParticipantHealthCheck>(HealthCheckName, tags: ["ready"]);
        return new ConcordatParticipantBuilder(services, parts);
    }
}

/// <summary>What votes and obeys.</summary>
public interface IConcordatParticipantBuilder
{
    IServiceCollection Services { get; }

    /// <summary>Code in front of a durable store of its own.</summary>
    IConcordatParticipantBuilder UseResourceManager<T>()
        where T : class, IResourceManager;

    /// <summary>State in memory that is the participant's log.</summary>
    IConcordatParticipantBuilder UseLoggedResourceManager<T>()
        where T : class, ILoggedResourceManager;
}

internal sealed class ConcordatParticipantBuilder(IServiceCollection services, ParticipantParts parts) : IConcordatParticipantBuilder
{
    public IServiceCollection Services => services;

    public IConcordatParticipantBuilder UseResourceManager<T>()
        where T : class, IResourceManager
    {
        services.TryAddSingleton<T>();
        parts.Runner = static (s, options, logger) => new OwnStoreRunner(s.GetRequiredService<T>(), options, logger);
        return this;
    }

    public IConcordatParticipantBuilder UseLoggedResourceManager<T>()
        where T : class, ILoggedResourceManager
    {
        services.TryAddSingleton<T>();
        parts.Runner = static (s, _, logger) => new LoggedRunner(s.GetRequiredService<T>(), logger);
        return this;
    }
}
