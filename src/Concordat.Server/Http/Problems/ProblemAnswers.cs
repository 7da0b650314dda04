using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>Sends a problem document: type, title, status, detail, traceId.</summary>
internal static class ProblemAnswers
{
    public const string ContentType = "application/problem+json";

    public static Task Send(HttpContext http, ProblemType type, string detail, IReadOnlyList<LockWait>? cycle = null)
    {
        if (type.RetryAfterSeconds > 0)
        {
            http.Response.Headers.RetryAfter = type.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }

        if (type == ProblemTypes.Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer realm=\"concordat\"";
        }

        return JsonAnswers.Send(http, type.Status, ContentType, Render(type, detail, TraceIdOf(http), cycle ?? []));
    }

    /// <summary>Good until the next answer is rendered on this thread.</summary>
    private static ReadOnlySpan<byte> Render(ProblemType type, string detail, string traceId, IReadOnlyList<LockWait> cycle)
    {
        var buffer = JsonBuffer.Rent();
        Write(buffer.Writer, type, detail, traceId, cycle);
        buffer.Writer.Flush();
        return buffer.Written;
    }

    /// <param name="cycle">Of a deadlock; empty for everything else.</param>
    public static void Write(Utf8JsonWriter json, ProblemType type, string detail, string traceId, IReadOnlyList<LockWait> cycle)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type.Uri);
        json.WriteString("title"u8, type.Title);
        json.WriteNumber("status"u8, type.Status);
        json.WriteString("detail"u8, detail);
        json.WriteString("traceId"u8, traceId);
        if (cycle.Count > 0)
        {
            json.WritePropertyName("cycle"u8);
            JsonSerializer.Serialize(json, cycle, ContractJson.Default.IReadOnlyListLockWait);
        }

        json.WriteEndObject();
    }

    /// <summary>The caller's trace where it sent one, so that its logs and ours meet; else a name of the request in our log.</summary>
    public static string TraceIdOf(HttpContext http) =>
        TraceParent.Of(http.Request) is { } traceParent ? traceParent.Substring(3, 32)
        : Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString()
        : http.TraceIdentifier;
}
