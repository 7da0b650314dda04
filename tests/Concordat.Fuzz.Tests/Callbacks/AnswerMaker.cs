using System.Globalization;
using System.Text;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Callbacks;

/// <summary>Makes hostile answers by their structure: status line, headers, framing, body, and how they are sent.</summary>
/// <param name="canary">Where redirects lead: nobody may ever come there.</param>
internal sealed class AnswerMaker(string canary)
{
    private static readonly int[] Statuses =
    [
        100, 101, 102, 103, 199, 200, 200, 200, 200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 415, 418,
        421, 422, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 511, 599, 600, 999,
    ];

    private static readonly string[] Types =
    [
        "application/json", "application/json", "application/json", "application/json; charset=utf-16", "application/json; charset=nonsense", "application/json; charset=\"\"", "text/html", "application/problem+json", "text/event-stream",
        "multipart/mixed; boundary=x", "image/png", "", "x", "application/json, application/json", "\u00e9/\u00e9", "application/octet-stream",
    ];

    private static readonly string[] Encodings = ["gzip", "br", "deflate", "identity", "gzip, gzip", "zstd", "x"];

    /// <summary>1 GiB of zeros in 1 MiB would be too long to write here; this is the head of a gzip stream that grows without end.</summary>
    private static readonly byte[] Bomb = MakeBomb();

    public HostileAnswer Make(Dice dice, string valid) => dice.Below(12) switch
    {
        0 => Broken(dice, valid),
        1 => Slow(dice, valid),
        2 => Endless(dice),
        3 => Redirect(dice),
        4 => new HostileAnswer([dice.OneIn(2) ? new Act.Silence() : dice.OneIn(2) ? new Act.Reset() : new Act.Close()], null),
        _ => Framed(dice, valid),
    };

    private static HostileAnswer Framed(Dice dice, string valid)
    {
        var status = dice.PickFrom(Statuses);
        var body = Body(dice, valid);
        var head = Head(dice, status);
        if (dice.OneIn(6))
        {
            return new HostileAnswer([new Act.Send([.. Encoding.UTF8.GetBytes(head + "Transfer-Encoding: chunked\r\n\r\n"), .. Chunked(dice, body)]), new Act.Close()], Whole(status, body));
        }

        byte[] bytes = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{head}Content-Length: {body.Length}\r\n\r\n")), .. body];
        if (dice.OneIn(5))
        {
            bytes = ByteMutator.Change(dice, bytes);
            return new HostileAnswer([new Act.Send(bytes), dice.OneIn(2) ? new Act.Close() : new Act.Reset()], null);
        }

        return new HostileAnswer(dice.OneIn(3) ? [new Act.Send(bytes), new Act.Close()] : [new Act.Send(bytes)], Whole(status, body));
    }

    /// <summary>Interim answers are none; 204, 205 and 304 have no body whatever they send.</summary>
    private static WholeAnswer? Whole(int status, byte[] body) => status is < 200 or 204 or 205 or 304 or > 599 ? null : new WholeAnswer(status, body);

    private static string Head(Dice dice, int status)
    {
        var head = new StringBuilder();
        while (dice.OneIn(8))
        {
            head.Append(dice.Pick<string>("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n"));
        }

        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {dice.Pick<string>("OK", "", "No Way", "\u00e9", new string('r', 300))}\r\n");
        head.Append("Content-Type: ").Append(dice.PickFrom(Types)).Append("\r\n");
        if (dice.OneIn(6))
        {
            head.Append("Content-Encoding: ").Append(dice.PickFrom(Encodings)).Append("\r\n");
        }

        if (dice.OneIn(5))
        {
            head.Append("Retry-After: ").Append(dice.Pick<string>("0", "-1", "1", "99999999999", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT", "x", "0.5")).Append("\r\n");
        }

        if (dice.OneIn(5))
        {
            head.Append(dice.Pick<string>("Set-Cookie: a=b; Domain=.\r\n", "Connection: upgrade\r\nUpgrade: h2c\r\n", "Keep-Alive: timeout=0\r\n", "Trailer: x\r\n", $"X-Long: {new string('h', 50_000)}\r\n", "Content-Length: 7\r\n", "Alt-Svc: h3=\":1\"\r\n", "WWW-Authenticate: Negotiate\r\n"));
        }

        return head.ToString();
    }

    private static byte[] Body(Dice dice, string valid) => dice.Below(9) switch
    {
        0 => [],
        1 => dice.Bytes(dice.Pick(1, 100, 70_000)),
        2 => [.. Encoding.UTF8.GetBytes(valid), .. Enumerable.Repeat((byte)' ', dice.Pick(65_536, 200_000))],
        3 => Bomb,
        4 => Encoding.UTF8.GetBytes("<html><body>502 Bad Gateway</body></html>"),
        5 => Encoding.UTF8.GetBytes($$"""{"vote":"yes","evidence":"{{new string('\u00e9', dice.Pick(128, 129, 300, 30_000))}}"}"""),
        _ => JsonMutator.Bytes(dice, valid),
    };

    private static byte[] Chunked(Dice dice, byte[] body)
    {
        using var bytes = new MemoryStream();
        for (var at = 0; at < body.Length;)
        {
            var size = 1 + dice.Below(Math.Min(body.Length - at, 5000));
            bytes.Write(Encoding.ASCII.GetBytes(size.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            bytes.Write(body, at, size);
            bytes.Write("\r\n"u8);
            at += size;
        }

        bytes.Write("0\r\n\r\n"u8);
        return bytes.ToArray();
    }

    /// <summary>What is no answer at all: cut off, with a status line that is none, or with a length that is.</summary>
    private static HostileAnswer Broken(Dice dice, string valid)
    {
        var text = dice.Below(10) switch
        {
            0 => "",
            1 => "HTTP/1.1",
            2 => "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
            3 => $"HTTP/9.9 200 OK\r\nContent-Length: {valid.Length}\r\n\r\n{valid}",
            4 => $"HTTP/1.1 200 OK\r\nContent-Length: {valid.Length + 10}\r\n\r\n{valid}",
            5 => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff1\r\n",
            6 => $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{valid.Length:x}\r\n{valid}",
            7 => valid,
            8 => $"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{valid}",
            _ => $"HTTP/1.1 200 OK\r\nContent-Length: {valid.Length + 1}\r\nContent-Length: {valid.Length + 2}\r\n\r\n{valid}",
        };
        return new HostileAnswer([new Act.Send(Encoding.UTF8.GetBytes(text)), dice.OneIn(3) ? new Act.Reset() : new Act.Close()], null);
    }

    /// <summary>Valid to the last byte, had there been the time.</summary>
    private static HostileAnswer Slow(Dice dice, string valid) => new(
        [new Act.Drip(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nX-Filler: {new string('f', 300)}\r\nContent-Type: application/json\r\nContent-Length: {valid.Length}\r\n\r\n{valid}"), dice.Pick(20, 50, 200))],
        null);

    private static HostileAnswer Endless(Dice dice)
    {
        var (head, more) = dice.Below(5) switch
        {
            0 => ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", $"1000\r\n{new string(' ', 4096)}\r\n"),
            1 => ("HTTP/1.1 200 OK\r\n\r\n", new string('[', 4096)),
            2 => ("HTTP/1.1 200 OK\r\n", $"X-More: {new string('h', 1000)}\r\n"),
            3 => ("", "HTTP/1.1 100 Continue\r\n\r\n"),
            _ => ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9223372036854775807\r\n\r\n{\"reason\":\"", new string('x', 4096)),
        };
        return new HostileAnswer([new Act.Send(Encoding.ASCII.GetBytes(head)), new Act.Flood(Encoding.ASCII.GetBytes(more))], null);
    }

    private HostileAnswer Redirect(Dice dice)
    {
        var status = dice.Pick(300, 301, 302, 303, 305, 307, 308);
        var text = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Elsewhere\r\nLocation: {canary}/prepare\r\nRefresh: 0; url={canary}\r\nContent-Location: {canary}\r\nContent-Length: 0\r\n\r\n");
        return new HostileAnswer([new Act.Send(Encoding.ASCII.GetBytes(text))], new WholeAnswer(status, []));
    }

    private static byte[] MakeBomb()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(new byte[16 * 1024 * 1024]);
        }

        return bytes.ToArray();
    }
}
