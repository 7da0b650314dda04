using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

internal sealed class MetricsEndpoint(HttpEdge edge)
{
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metrics", edge.Protected(Metrics)).Describe(Metrics, "Health", "metrics", "Metrics in the Prometheus text format", null)
            .GivesText(PrometheusText.ContentType).GivesProblems(401);

    private Task Metrics(HttpContext http)
    {
        var page = MetricsPage.Render(edge.Engine.State, edge.Engine.Counts, edge.Gate);
        return JsonAnswers.Send(http, StatusCodes.Status200OK, PrometheusText.ContentType, Encoding.UTF8.GetBytes(page));
    }
}
