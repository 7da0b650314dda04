using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.EndToEnd.SagaService;

/// <summary>
/// Without the SDK: a file with a line for everything that it has done, which is both the effect and what it remembers. (What a killed process has written stays with
/// the system, so a line is there as soon as the write returns.)
/// </summary>
internal sealed class FileService(string path)
{
    private const string Done = "done";
    private const string Undone = "undone";

    /// <summary>Undone before it was ever done: it is never done any more.</summary>
    private const string Empty = "empty";
    private readonly Lock _lock = new();

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/action", (HttpContext context, JsonElement work) => Act(SagaOf(context), work.GetProperty("refuse").GetBoolean()));
        app.MapPost("/compensation", (HttpContext context) => Compensate(SagaOf(context)));
    }

    private IResult Act(string saga, bool refuses)
    {
        lock (_lock)
        {
            switch (LastOf(saga))
            {
                case Undone or Empty:
                    return Results.Json(new { reason = "late" }, statusCode: StatusCodes.Status409Conflict);
                case null when refuses:
                    return Results.Json(new { reason = "no room" }, statusCode: StatusCodes.Status409Conflict);
                case null:
                    File.AppendAllText(path, $"{saga} {Done}\n");
                    break;
            }

            return Results.Json(new { booking = saga });
        }
    }

    private IResult Compensate(string saga)
    {
        lock (_lock)
        {
            if (LastOf(saga) is null or Done)
            {
                File.AppendAllText(path, $"{saga} {(LastOf(saga) is null ? Empty : Undone)}\n");
            }

            return Results.NoContent();
        }
    }

    private string? LastOf(string saga) => !File.Exists(path) ? null : File.ReadLines(path).LastOrDefault(line => line.StartsWith(saga, StringComparison.Ordinal))?.Split(' ')[1];

    private static string SagaOf(HttpContext context) => context.Request.Headers["Concordat-Saga"].Single()!;
}
