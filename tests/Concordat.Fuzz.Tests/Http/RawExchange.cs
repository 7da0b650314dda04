using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Http;

internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Type => Headers.GetValueOrDefault("content-type")?.Split(';')[0];

    public override string ToString() => $"{Status} {Type}: {(Text.Length > 600 ? Text[..600] : Text)}";
}

/// <summary>Bytes to a server and its answers back, over a connection of its own.</summary>
internal static class RawExchange
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>A whole request is answered by then: closed at once, it would be carried out and its answer be lost.</summary>
    private static readonly TimeSpan BeforeHalfClose = TimeSpan.FromMilliseconds(60);

    /// <param name="halfClose">Nothing more comes behind these bytes: for requests that promise more than they are.</param>
    public static async Task<List<RawAnswer>> Send(IPEndPoint server, byte[] bytes, bool halfClose = false, bool isHead = false)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var received = new MemoryStream();
        var reading = ReadToEnd(socket, received);
        var sending = SendAll(socket, bytes, halfClose ? reading : null);
        await Bounded.Comes(reading, "the server answers and closes the connection", Limit);
        await Bounded.Comes(sending, "the request is sent", Limit);

        // To the preface of HTTP/2 it answers with a frame of HTTP/2 that says no.
        return bytes.AsSpan().StartsWith("PRI * HTTP/2.0\r\n"u8) ? [] : Parse(received.ToArray(), isHead);
    }

    /// <param name="answered">Where given, the sending side is closed when no answer has ended the connection for a while.</param>
    private static async Task SendAll(Socket socket, byte[] bytes, Task? answered)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent));
            }

            if (answered is not null && await Task.WhenAny(answered, Task.Delay(BeforeHalfClose)) != answered)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has heard enough: its answer, if any, is read.
        }
    }

    private static async Task ReadToEnd(Socket socket, MemoryStream received)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer.AsMemory())) > 0)
            {
                received.Write(buffer, 0, read);
            }
        }
        catch (SocketException)
        {
            // A reset behind the answer, where it did not read all that was sent.
        }
    }

    /// <exception cref="FormatException">What came is not HTTP.</exception>
    private static List<RawAnswer> Parse(byte[] bytes, bool isHead)
    {
        var answers = new List<RawAnswer>();
        for (var at = 0; at < bytes.Length;)
        {
            var end = bytes.AsSpan(at).IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                throw new FormatException($"an answer without an end of its head: {Encoding.Latin1.GetString(bytes[at..])}");
            }

            var lines = Encoding.Latin1.GetString(bytes, at, end).Split("\r\n");
            at += end + 4;
            if (!lines[0].StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
            {
                throw new FormatException($"no status line: {lines[0]}");
            }

            var status = int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture);
            var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(h => h[0].ToLowerInvariant(), h => h[1], StringComparer.Ordinal);
            if (status is >= 100 and < 200)
            {
                continue;
            }

            var body = isHead || status is 204 or 304 ? [] : Body(bytes, ref at, headers);
            answers.Add(new RawAnswer(status, headers, body));
        }

        return answers;
    }

    private static byte[] Body(byte[] bytes, ref int at, Dictionary<string, string> headers)
    {
        if (headers.TryGetValue("content-length", out var length))
        {
            var size = int.Parse(length, CultureInfo.InvariantCulture);
            if (size > bytes.Length - at)
            {
                throw new FormatException($"the answer ends {size - (bytes.Length - at)} bytes early");
            }

            at += size;
            return bytes[(at - size)..at];
        }

        if (!headers.ContainsKey("transfer-encoding"))
        {
            var rest = bytes[at..];
            at = bytes.Length;
            return rest;
        }

        var body = new MemoryStream();
        while (true)
        {
            var line = bytes.AsSpan(at).IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(bytes, at, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            at += line + 2;
            body.Write(bytes, at, size);
            at += size + 2;
            if (size == 0)
            {
                return body.ToArray();
            }
        }
    }
}
