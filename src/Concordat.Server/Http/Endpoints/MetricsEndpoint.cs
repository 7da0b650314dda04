using System.Text;
using Concordat.Server.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

internal sealed class MetricsEndpoint(HttpEdge edge, IReachedDatabases databases)
{
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metrics", edge.Protected(Metrics)).Describe(Metrics, "Health", "metrics", "Metrics in the Prometheus text format", null)
            .GivesText(PrometheusText.ContentType).GivesProblems(401);

    private Task Metrics(HttpContext http)
    {
        var page = MetricsPage.Render(edge.Engine.State, edge.Engine.Counts, edge.Gate, databases);
        return JsonAnswers.Send(http, StatusCodes.Status200OK, PrometheusText.ContentType, Encoding.UTF8.GetBytes(page));
    }
}
