using System.Text;
using Concordat.Fuzz.Tests.Mutation;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>Changes a valid request in its parts.</summary>
internal static class RequestMutator
{
    private static readonly string[] Headers =
    [
        "Idempotency-Key", "Prefer", "traceparent", "Concordat-Transaction", "Content-Type", "Content-Encoding", "Accept", "Last-Event-ID", "Authorization", "Accept-Encoding",
        "tracestate", "Cookie", "X-HTTP-Method-Override", "Range", "If-Match", "Origin", "Access-Control-Request-Method", "Forwarded", "Referer", "TE", "Trailer", "Accept-Charset",
    ];

    private static readonly string[] HeaderValues =
    [
        "", " ", "x", "respond-async", "RESPOND-ASYNC;wait=1", ",,,;;;==", "wait=999999999999999999999", "application/json; charset=utf-16", "application/json; charset=\"utf-8", "application/json;charset=",
        "application/JSON ; charset=UTF-8", "text/json", "*/*;q=nonsense", "gzip, deflate", "identity", "gzip", "br", "application/problem+json;q=0", "Bearer", "Bearer x y", "Basic Og==",
        "00-00000000000000000000000000000000-0000000000000000-00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "-1", "18446744073709551616", "bytes=0-18446744073709551615", "\u00e9", "a\tb", "\"", "a, b",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json, text/html",
    ];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND", "X", "POST\u00e9", "A-VERY-LONG-METHOD-NAME-THAT-NOBODY-KNOWS", "PRI", "M-SEARCH"];

    public static void Change(Dice dice, RequestShape request)
    {
        for (var left = dice.Few(); left > 0; left--)
        {
            ChangeOnce(dice, request);
        }
    }

    private static void ChangeOnce(Dice dice, RequestShape request)
    {
        switch (dice.Below(request.Body is null ? 7 : 14))
        {
            case 0 when dice.OneIn(2):
                request.Method = dice.PickFrom(Methods);
                break;
            case 0 or 1:
                ChangePath(dice, request.Segments);
                break;
            case 2 or 3:
                ChangeQuery(dice, request.Query);
                break;
            case 4 or 5:
                ChangeHeader(dice, request.Headers);
                break;
            case 6 when request.Body is null:
                request.Body = dice.Pick<byte[]>([], "{}"u8.ToArray(), "[]"u8.ToArray(), "{\"force\":true}"u8.ToArray(), " "u8.ToArray(), [0xff]);
                break;
            default:
                request.Body = request.Body is null ? null : JsonMutator.Bytes(dice, request.BodyText ?? "{}");
                break;
        }
    }

    private static void ChangePath(Dice dice, List<string> segments)
    {
        var at = dice.Below(segments.Count);
        switch (dice.Below(8))
        {
            case 0:
                segments.RemoveAt(at);
                break;
            case 1:
                segments.Insert(at, dice.Pick<string>("", ".", "..", "%2e%2e", "x", "%00", "%ff", "%zz", "%", "%2F", "\\", "*", ";x=1", "\u00e9"));
                break;
            case 2:
                segments[at] = string.Concat(segments[at].Select(c => $"%{(int)c & 0xff:x2}"));
                break;
            case 3:
                segments[at] += dice.Pick<string>("%", "%0", "%00", "%c3%28", "%u0041", "%20", "+", "#x", "?", " ", ".json", "/", "%2f..");
                break;
            case 4 when segments.Count > 0:
                segments[at] = new string('a', dice.Pick(65, 129, 300, 4000, 9000));
                break;
            default:
                // Most of all the ids, which are long.
                var longest = segments.MaxBy(s => s.Length)!;
                var index = dice.OneIn(3) ? at : segments.IndexOf(longest);
                segments[index] = TextMutator.Change(dice, segments[index]);
                break;
        }

        if (segments.Count == 0)
        {
            segments.Add("");
        }
    }

    private static void ChangeQuery(Dice dice, List<string> query)
    {
        if (query.Count == 0 || dice.OneIn(4))
        {
            query.Add(dice.Pick<string>(
                "x=1", "=", "", "waitSeconds=-1", "waitSeconds=0.01", "limit=0", "limit=1001", "limit=9999999999999", "cursor=x", "cursor=1-7", "cursor=-1--1", "branch=", "branch=1&branch=1", "state=sleeping", "label.=x", "label.%00=1",
                "label.a=%ff%fe", "olderThanSeconds=NaN", "olderThanSeconds=1e309", "olderThanSeconds=Infinity", "olderThanSeconds=-0", "name=%u0000", "%6eame=x", "&&&", "a=b=c", "limit=%30", "limit=+5", "limit=5%20", $"name={new string('n', 3000)}"));
            return;
        }

        var at = dice.Below(query.Count);
        var (name, value) = query[at].Split('=', 2) is [var n, var v] ? (n, v) : (query[at], "");
        switch (dice.Below(6))
        {
            case 0:
                query.RemoveAt(at);
                break;
            case 1:
                query.Insert(at, query[at]);
                break;
            case 2:
                query[at] = $"{TextMutator.Change(dice, name)}={value}";
                break;
            default:
                // The wait is not made longer than the exchange may take.
                query[at] = name == "waitSeconds" ? $"{name}={dice.Pick<string>("", "-1", "0", "301", "NaN", "1e400", "0x1", "1,5", "Infinity")}" : $"{name}={TextMutator.Change(dice, value)}";
                break;
        }
    }

    private static void ChangeHeader(Dice dice, List<(string Name, string Value)> headers)
    {
        if (headers.Count == 0 || dice.OneIn(3))
        {
            headers.Add((dice.PickFrom(Headers), Value(dice)));
            return;
        }

        var at = dice.Below(headers.Count);
        var (name, value) = headers[at];
        switch (dice.Below(8))
        {
            case 0:
                headers.RemoveAt(at);
                break;
            case 1:
                headers.Add((name, dice.OneIn(2) ? value : Value(dice)));
                break;
            case 2:
                headers[at] = (TextMutator.Change(dice, name), value);
                break;
            case 3:
                headers.AddRange(Enumerable.Repeat(("X-Many", "1"), dice.Pick(50, 99, 101, 3000)));
                break;
            case 4:
                headers[at] = (name, TextMutator.Change(dice, value));
                break;
            default:
                headers[at] = (name, Value(dice));
                break;
        }
    }

    private static string Value(Dice dice) => dice.Below(12) switch
    {
        0 => new string('k', dice.Pick(255, 256, 4000, 15_000, 40_000)),
        1 => Encoding.Latin1.GetString(dice.Bytes(8)).Replace('\r', ' ').Replace('\n', ' '),
        _ => dice.PickFrom(HeaderValues),
    };
}
