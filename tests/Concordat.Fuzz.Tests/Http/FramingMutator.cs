using System.Text;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>What HttpClient cannot say: requests whose framing, line ends, lengths and chunks are wrong.</summary>
internal static class FramingMutator
{
    public static byte[] Render(Dice dice, RequestShape request)
    {
        var body = request.Body ?? [];
        string[] framing = dice.Below(16) switch
        {
            0 => [$"Content-Length: {body.Length + 1 + dice.Below(5000)}"],
            1 => [$"Content-Length: {Math.Max(0, body.Length - 1 - dice.Below(20))}"],
            2 => [$"Content-Length: {body.Length}", $"Content-Length: {body.Length + 1}"],
            3 => [$"Content-Length: {dice.Pick<string>("-1", "+5", "0x10", "1e3", "99999999999999999999", "4294967296", " ", "5, 5", "9223372036854775807", "33554433")}"],
            4 => ["Transfer-Encoding: chunked", $"Content-Length: {body.Length}"],
            5 => [$"Transfer-Encoding: {dice.Pick<string>("gzip", "chunked, chunked", "identity", "CHUNKED", "chunked;x", "xchunked", "")}"],
            6 => ["Expect: 100-continue", $"Content-Length: {body.Length}"],
            7 => ["Expect: nonsense", $"Content-Length: {body.Length}"],
            8 => [$"Host: {dice.Pick<string>("", "a b", "x:99999999", "[::1", "user@host", "a,b", "\u00e9")}", $"Content-Length: {body.Length}"],
            9 => ["Host: a", "Host: b", $"Content-Length: {body.Length}"],
            10 => [": no name", $"Content-Length: {body.Length}"],
            11 => ["No colon at all", $"Content-Length: {body.Length}"],
            12 => [" folded: line", $"Content-Length: {body.Length}"],
            13 => [$"Upgrade: {dice.Pick<string>("websocket", "h2c", "TLS/1.0")}", "Connection: Upgrade", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", $"Content-Length: {body.Length}"],
            14 => ["X-Nul: a\0b", $"Content-Length: {body.Length}"],
            _ => ["Transfer-Encoding: chunked"],
        };
        var isChunked = framing[0].StartsWith("Transfer-Encoding: ", StringComparison.Ordinal);
        var end = dice.OneIn(12) ? "\n" : "\r\n";
        var hasHost = framing.Any(f => f.StartsWith("Host", StringComparison.Ordinal)) || dice.OneIn(20);
        var head = string.Join(end, [Line(dice, request), .. hasHost ? Array.Empty<string>() : ["Host: a"], .. request.Headers.Select(h => $"{h.Name}: {h.Value}"), .. framing, "Connection: close", "", ""]);
        byte[] bytes = [.. Encoding.UTF8.GetBytes(head), .. isChunked ? Chunks(dice, body) : body];
        return dice.Below(6) switch
        {
            0 => ByteMutator.Change(dice, bytes),
            1 => bytes[..dice.Below(bytes.Length + 1)],
            2 => [.. bytes, .. bytes],
            _ => bytes,
        };
    }

    private static string Line(Dice dice, RequestShape request) => dice.Below(14) switch
    {
        0 => $"{request.Method} {request.Target}",
        1 => $"{request.Method} {request.Target} HTTP/{dice.Pick<string>("0.9", "1.0", "1.2", "2.0", "3", "9.9", "x")}",
        2 => $"{request.Method}  {request.Target}  HTTP/1.1",
        3 => $"{request.Method} http://elsewhere:1{request.Target} HTTP/1.1",
        4 => $"{request.Method} {request.Target.TrimStart('/')} HTTP/1.1",
        5 => "OPTIONS * HTTP/1.1",
        6 => $"{request.Method} {request.Target}#fragment HTTP/1.1",
        7 => $"{request.Method} /{new string('a', dice.Pick(7000, 8200, 40_000))} HTTP/1.1",
        8 => "PRI * HTTP/2.0\r\n\r\nSM\r\n",
        9 => "\x16\x03\x01\x02",
        _ => $"{request.Method} {request.Target} HTTP/1.1",
    };

    private static byte[] Chunks(Dice dice, byte[] body)
    {
        using var bytes = new MemoryStream();
        for (var at = 0; at < body.Length;)
        {
            var size = 1 + dice.Below(Math.Min(body.Length - at, dice.Pick(1, 7, 4000)));
            var said = dice.OneIn(25) ? dice.Pick<string>("zz", "-1", "", "ffffffffffffffff", "7fffffff", "0", $"{size + 1:x}", $"{size:x};ext=\"{new string('e', dice.Pick(5, 5000))}\"", $"0x{size:x}", $" {size:x}") : $"{size:x}";
            bytes.Write(Encoding.UTF8.GetBytes(said + (dice.OneIn(30) ? "\n" : "\r\n")));
            bytes.Write(body, at, size);
            bytes.Write(dice.OneIn(30) ? "x"u8 : "\r\n"u8);
            at += size;
        }

        bytes.Write(Encoding.UTF8.GetBytes(dice.Pick<string>("0\r\n\r\n", "0\r\n\r\n", "0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "0\r\n", "", "00000\r\n\r\n")));
        return bytes.ToArray();
    }
}
