using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Concordat.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Hosting;

public static class ConcordatEndpointRouteBuilderExtensions
{
    /// <summary>Maps the coordinator's API, health, metrics and OpenAPI description. Where tokens are configured, each endpoint asks for one by itself.</summary>
    public static IEndpointRouteBuilder MapConcordat(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var edge = services.GetRequiredService<HttpEdge>();
        var databases = services.GetRequiredService<IReachedDatabases>();
        RequireReached(services.GetRequiredService<IOptions<ServerOptions>>().Value, databases);
        new TransactionEndpoints(edge).Map(endpoints);
        new BatchEndpoints(edge).Map(endpoints);
        new BranchEndpoints(edge).Map(endpoints);
        new LockEndpoints(edge).Map(endpoints);
        new SagaEndpoints(edge).Map(endpoints);
        new ParticipantEndpoints(edge).Map(endpoints);
        new ResourceEndpoints(edge, databases).Map(endpoints);
        new HealthEndpoints(edge, services.GetRequiredService<StartWarnings>()).Map(endpoints);
        new MetricsEndpoint(edge, databases).Map(endpoints);

        // Without a place for other names: they would be answered in plain text.
        endpoints.MapOpenApi($"/openapi/{OpenApiDocuments.Name}.json");
        return endpoints;
    }

    /// <summary>A database that nobody sweeps although somebody wrote down that it should be must not go unnoticed.</summary>
    /// <exception cref="ConfigurationException">This host brings no database of that name.</exception>
    private static void RequireReached(ServerOptions options, IReachedDatabases databases)
    {
        var missing = options.Resources.Keys.Except(databases.Names, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            throw new ConfigurationException($"{ServerOptions.Section}:Resources has {string.Join(", ", missing)}, and this host does not sweep databases: concordat serve does");
        }
    }

    /// <summary>Answers paths and methods that nothing takes with problem documents. Goes before everything else of the pipeline.</summary>
    public static IApplicationBuilder UseConcordatProblems(this IApplicationBuilder app) => app.Use(UnmatchedRequests.Invoke);
}
