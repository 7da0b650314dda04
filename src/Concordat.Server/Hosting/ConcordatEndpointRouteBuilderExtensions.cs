using Concordat.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Server.Hosting;

public static class ConcordatEndpointRouteBuilderExtensions
{
    /// <summary>Maps the coordinator's API, health, metrics and OpenAPI description. Where tokens are configured, each endpoint asks for one by itself.</summary>
    public static IEndpointRouteBuilder MapConcordat(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var edge = services.GetRequiredService<HttpEdge>();
        new TransactionEndpoints(edge).Map(endpoints);
        new BranchEndpoints(edge).Map(endpoints);
        new ParticipantEndpoints(edge).Map(endpoints);
        new ResourceEndpoints(edge).Map(endpoints);
        new HealthEndpoints(edge, services.GetRequiredService<StartWarnings>()).Map(endpoints);
        new MetricsEndpoint(edge).Map(endpoints);

        // Without a place for other names: they would be answered in plain text.
        endpoints.MapOpenApi($"/openapi/{OpenApiDocuments.Name}.json");
        return endpoints;
    }

    /// <summary>Answers paths and methods that nothing takes with problem documents. Goes before everything else of the pipeline.</summary>
    public static IApplicationBuilder UseConcordatProblems(this IApplicationBuilder app) => app.Use(UnmatchedRequests.Invoke);
}
