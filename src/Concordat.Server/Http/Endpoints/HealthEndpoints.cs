using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Whether the process is up, and whether it can take work. Open to everybody: probes have no token.</summary>
internal sealed class HealthEndpoints(HttpEdge edge, StartWarnings warnings)
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/livez", Methods, edge.Open(Live)).Describe(Live, "Health", "livez", "Whether the process is up", null).Gives<HealthDocument>(200);
        endpoints.MapMethods("/readyz", Methods, edge.Open(Ready)).Describe(Ready, "Health", "readyz",
            "Whether the log is writable and recovery is done", "503 with the reason until then, and again while the server stops.").Gives<HealthDocument>(200, 503);
    }

    private static Task Live(HttpContext http) =>
        JsonAnswers.Send(http, StatusCodes.Status200OK, new HealthDocument { Status = "live" }, ServerJson.Default.HealthDocument);

    private Task Ready(HttpContext http)
    {
        var document = Look(edge.Engine.State, edge.Engine.Counts, warnings.Texts);
        return JsonAnswers.Send(
            http,
            document.Reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            document,
            ServerJson.Default.HealthDocument);
    }

    internal static HealthDocument Look(EngineState state, EngineCounts counts, IReadOnlyList<string> warnings)
    {
        var recovery = state switch
        {
            EngineState.Ready => new HealthCheck("recovery", true, $"done in {counts.RecoverySeconds:0.###} s"),
            EngineState.Recovering => new HealthCheck("recovery", false, "the log is being read"),
            EngineState.Draining => new HealthCheck("recovery", false, "the server is stopping: it finishes what is decided"),
            _ => new HealthCheck("recovery", false, "the coordinator has stopped"),
        };
        var log = new HealthCheck("log", !counts.LogIsFull, counts.LogIsFull
            ? "the log has no room: free some disk space where its data directory is"
            : "writable");
        HealthCheck[] checks = [recovery, log];
        var reason = Array.Find(checks, check => !check.Ok)?.Detail;
        return new HealthDocument { Status = reason is null ? "ready" : "unready", Reason = reason, Checks = checks, Warnings = warnings };
    }
}

internal sealed record HealthDocument
{
    public required string Status { get; init; }

    /// <summary>Why it is not ready.</summary>
    public string? Reason { get; init; }
    public IReadOnlyList<HealthCheck> Checks { get; init; } = [];

    /// <summary>What works and should be changed all the same.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

internal sealed record HealthCheck(string Name, bool Ok, string Detail);

/// <summary>What was wrong enough at the start to be said, and not to stop it.</summary>
internal sealed record StartWarnings(IReadOnlyList<string> Texts);
