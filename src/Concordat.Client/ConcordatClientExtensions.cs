using System.Diagnostics.Metrics;
using Concordat.Client.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Client;

public static class ConcordatClientExtensions
{
    /// <summary>Adds <see cref="IConcordatClient"/>: transactions from the application's side.</summary>
    public static IConcordatClientBuilder AddConcordatClient(this IServiceCollection services, Action<ConcordatClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        CoordinatorHttpClients.Add(services);
        services.AddMetrics();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConcordatClientOptions>, ConcordatClientOptionsValidator>());
        var options = services.AddOptions<ConcordatClientOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton<IConcordatClient>(static s => new ConcordatClient(
            s.GetRequiredService<IHttpClientFactory>(),
            s.GetRequiredService<IOptions<ConcordatClientOptions>>().Value,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILoggerFactory>().CreateLogger<ConcordatClient>(),
            s,
            s.GetServices<ResourceRegistration>(),
            s.GetRequiredService<IMeterFactory>())
        {
            Resources = s.GetServices<IResource>(),
        });
        return new ConcordatClientBuilder(services);
    }
}

/// <summary>What more can be said about the client.</summary>
public interface IConcordatClientBuilder
{
    IServiceCollection Services { get; }

    /// <summary>The HTTP client behind it, to add handlers (authentication, for instance).</summary>
    IHttpClientBuilder Http { get; }
}

internal sealed class ConcordatClientBuilder(IServiceCollection services) : IConcordatClientBuilder
{
    public IServiceCollection Services => services;

    public IHttpClientBuilder Http => services.AddHttpClient(CoordinatorHttpClients.Name);
}
