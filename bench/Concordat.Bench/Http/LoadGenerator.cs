using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Concordat.Bench.Http;

/// <summary>Sends transactions, or sagas, so many at a time, for so long. Prints one line: per second, p50 and p99 in milliseconds.</summary>
internal static class LoadGenerator
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    internal static async Task RunAsync(string what, string server, int concurrency, double warmUpSeconds, double seconds)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null });
        var (path, text) = what == "sagas" ? (Bodies.SagaPath, Bodies.Saga) : (Bodies.TransactionPath, Bodies.Transaction);
        var body = Encoding.UTF8.GetBytes(text);
        await LoadAsync(http, server + path, body, concurrency, warmUpSeconds, latencies: null);
        var latencies = new List<double>();
        var watch = Stopwatch.StartNew();
        await LoadAsync(http, server + path, body, concurrency, seconds, latencies);
        var elapsed = watch.Elapsed.TotalSeconds;
        latencies.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"{latencies.Count / elapsed:0.0} {latencies[latencies.Count / 2]:0.000} {latencies[(int)(latencies.Count * 0.99)]:0.000} {latencies.Count}"));
    }

    /// <summary>Sends exactly so many.</summary>
    internal static async Task CountAsync(string server, int concurrency, int transactions)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null });
        var body = Encoding.UTF8.GetBytes(Bodies.Transaction);
        var left = transactions;
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await SendAsync(http, server + Bodies.TransactionPath, body);
            }
        })));
    }

    private static Task LoadAsync(HttpMessageInvoker http, string url, byte[] body, int concurrency, double seconds, List<double>? latencies)
    {
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        return Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            var mine = new List<double>();
            while (Stopwatch.GetTimestamp() < end)
            {
                var begin = Stopwatch.GetTimestamp();
                await SendAsync(http, url, body);
                mine.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }

            if (latencies is not null)
            {
                lock (latencies)
                {
                    latencies.AddRange(mine);
                }
            }
        })));
    }

    private static async Task SendAsync(HttpMessageInvoker http, string url, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
        };
        using var response = await http.SendAsync(request, CancellationToken.None);
        var answer = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}: {Encoding.UTF8.GetString(answer)}");
        }
    }
}
