using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Concordat.Server.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Hosting;

public static class ConcordatServiceCollectionExtensions
{
    /// <summary>
    /// Adds the coordinator's HTTP side and its settings, validated at the start. The engine is added by
    /// <see cref="ConcordatEngineExtensions.AddConcordatEngine"/>, or by whoever composes the host.
    /// </summary>
    /// <param name="configuration">Holds the section <c>Concordat</c>.</param>
    /// <param name="configure">Changes settings after they were read.</param>
    public static IServiceCollection AddConcordatServer(this IServiceCollection services, IConfiguration configuration, Action<ServerOptions>? configure = null)
    {
        services.AddOptions<ServerOptions>()
            .Configure(options =>
            {
                ConfigurationLoading.Bind(configuration, options);
                configure?.Invoke(options);
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServerOptions>, ServerOptionsValidation>();
        services.AddSingleton(static provider => Options(provider).ToCoordinatorOptions());
        services.AddSingleton(static provider => Options(provider).ToLogOptions());

        services.AddSingleton(static provider => RequestLimits.From(Options(provider)));
        services.AddSingleton(static provider => new WaitGate(Options(provider).Limits.MaxWaitingRequests));
        services.AddSingleton(static provider => new BearerTokens(Options(provider).Auth.Tokens));
        services.AddSingleton<HttpEdge>();
        services.AddSingleton<PublicAddress>();
        services.TryAddSingleton(new StartWarnings([]));
        services.TryAddSingleton<IReachedDatabases, NoDatabases>();

        services.AddRouting();
        services.Configure<JsonOptions>(static json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, ServerJson.Default);
        });
        services.AddOpenApi(OpenApiDocuments.Name, OpenApiDocuments.Configure);
        return services;
    }

    private static ServerOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ServerOptions>>().Value;
}
