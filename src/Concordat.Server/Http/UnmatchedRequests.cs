using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>Turns the bare statuses of routing, for what no endpoint takes, into problem documents.</summary>
internal static class UnmatchedRequests
{
    public static async Task Invoke(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (http.Response.HasStarted || http.Response.ContentLength is not null || http.Response.ContentType is not null)
        {
            return;
        }

        var path = Shown.Name(http.Request.Path.Value ?? "/");
        switch (http.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                await ProblemAnswers.Send(http, ProblemTypes.NotFound, $"there is nothing at {path}; /openapi/v1.json lists what there is");
                break;
            case StatusCodes.Status405MethodNotAllowed:
                await ProblemAnswers.Send(http, ProblemTypes.MethodNotAllowed, $"{path} does not take {Shown.Name(http.Request.Method)}, only {http.Response.Headers.Allow}");
                break;
            default:
                break;
        }
    }
}
