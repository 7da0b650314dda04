using System.Text;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>A request in its parts, as they go over the wire: nothing is escaped or checked on the way.</summary>
internal sealed class RequestShape(string method, string path, string? body = null)
{
    /// <summary>Kestrel is set to 16 KiB; the rest is for the request line's and its own.</summary>
    private const int OrdinaryHeaderBytes = 12 * 1024;

    private static readonly string[] OfTheFraming = ["Host", "Content-Length", "Transfer-Encoding", "Expect", "Connection", "Upgrade"];

    public string Method { get; set; } = method;

    public List<string> Segments { get; } = [.. path.Split('/').Skip(1)];

    public List<string> Query { get; } = [];

    public List<(string Name, string Value)> Headers { get; } = body is null ? [] : [("Content-Type", "application/json")];

    public byte[]? Body { get; set; } = body is null ? null : Encoding.UTF8.GetBytes(body);

    public string? BodyText => body;

    public RequestShape With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }

    public RequestShape Asking(params string[] query)
    {
        Query.AddRange(query);
        return this;
    }

    public string Target => "/" + string.Join('/', Segments) + (Query.Count == 0 ? "" : "?" + string.Join('&', Query));

    /// <summary>
    /// Whether it is HTTP through and through, so that the server's own rules apply and a refusal must be a problem document. What
    /// is not may be answered with a bare status.
    /// </summary>
    public bool IsOrdinary =>
        Method is not "CONNECT" && Method.Length is > 0 and < 32 && Method.All(IsTokenCharacter)
        && Target.All(c => c is > ' ' and < '\x7f') && !Target.Contains('%', StringComparison.Ordinal) && Target.Length < 4096
        && Headers.All(h => h.Name.Length > 0 && h.Name.All(IsTokenCharacter) && h.Value.All(c => c is >= ' ' and < '\x7f'))
        && !Headers.Any(h => OfTheFraming.Contains(h.Name, StringComparer.OrdinalIgnoreCase))
        && Headers.Count < 90 && Headers.Sum(h => h.Name.Length + h.Value.Length + 4) < OrdinaryHeaderBytes;

    public byte[] Render()
    {
        var head = new StringBuilder().Append(Method).Append(' ').Append(Target).Append(" HTTP/1.1\r\n");
        if (!Headers.Exists(h => h.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append("Host: 127.0.0.1\r\n");
        }

        foreach (var (name, value) in Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        if (Body is not null && !Headers.Exists(h => h.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || h.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append("Content-Length: ").Append(Body.Length).Append("\r\n");
        }

        head.Append("Connection: close\r\n\r\n");
        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. Body ?? []];
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
