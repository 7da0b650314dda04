using System.Globalization;
using System.Net.Http.Json;

namespace Concordat.Bench.Http;

/// <summary>
/// Transactions, or sagas of two steps, over HTTP, four processes: load, coordinator, two trivial participants. Beside it the ceiling: the same calls
/// without a coordinator. Taken in turns at every concurrency, so that a machine that drifts drifts for both.
/// </summary>
internal static class HttpBench
{
    internal static Task TransactionsAsync(string directory, double warmUpSeconds, double seconds, int[] levels) => RunAsync(
        directory, "transactions", "over HTTP, two trivial participants that inquire, durable; against the same five calls without a coordinator or log", warmUpSeconds, seconds, levels);

    internal static Task SagasAsync(string directory, double warmUpSeconds, double seconds, int[] levels) => RunAsync(
        directory, "sagas", "sagas of two steps over HTTP, two trivial services, durable; against the same three calls without a coordinator or log", warmUpSeconds, seconds, levels);

    private static async Task RunAsync(string directory, string what, string title, double warmUpSeconds, double seconds, int[] levels)
    {
        using var processes = new BenchProcesses();
        var (_, a) = await processes.StartAsync("dotnet", BenchProcesses.OwnDll, "participant");
        var (_, b) = await processes.StartAsync("dotnet", BenchProcesses.OwnDll, "participant");
        var (_, ceiling) = await processes.StartAsync("dotnet", BenchProcesses.OwnDll, "ceiling", a, b);
        var (_, server) = await processes.StartAsync("dotnet", BenchProcesses.ServerDll, "serve", "--data", Path.Combine(directory, what), "--urls", "http://127.0.0.1:0");
        await RegisterAsync(server, inquires: true, ("a", a), ("b", b));
        Console.WriteLine(title);
        Console.WriteLine($"{"concurrency",11} {"ceiling/s",10} {"p50 ms",8} {"p99 ms",8} {"concordat/s",12} {"p50 ms",8} {"p99 ms",8} {"ratio",6} {"syncs each",11}");
        foreach (var level in levels)
        {
            var high = await LoadAsync(processes, what, ceiling, level, warmUpSeconds, seconds);
            var before = await SyncsAsync(what, server);
            var own = await LoadAsync(processes, what, server, level, warmUpSeconds, seconds);
            var after = await SyncsAsync(what, server);
            var syncs = (after.Syncs - before.Syncs) / (after.Begun - before.Begun);
            Console.WriteLine(FormattableString.Invariant(
                $"{level,11} {high.PerSecond,10:0} {high.P50,8:0.00} {high.P99,8:0.00} {own.PerSecond,12:0} {own.P50,8:0.00} {own.P99,8:0.00} {own.PerSecond / high.PerSecond,6:0.00} {syncs,11:0.000}"));
        }
    }

    internal static async Task RegisterAsync(string server, bool inquires, params (string Name, string Url)[] participants)
    {
        using var http = new HttpClient { BaseAddress = new Uri(server) };
        for (var attempt = 0; !(await http.GetAsync("/readyz")).IsSuccessStatusCode; attempt++)
        {
            if (attempt > 200)
            {
                throw new InvalidOperationException("the server did not become ready");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        foreach (var (name, url) in participants)
        {
            (await http.PutAsJsonAsync($"/v1/participants/{name}", new { url, inquires })).EnsureSuccessStatusCode();
        }
    }

    private static async Task<Load> LoadAsync(BenchProcesses processes, string what, string url, int concurrency, double warmUpSeconds, double seconds)
    {
        var line = await processes.RunAsync(
            BenchProcesses.OwnDll, "load", what, url, concurrency.ToString(), warmUpSeconds.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture));
        var numbers = line.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new Load(numbers[0], numbers[1], numbers[2]);
    }

    private static async Task<(double Syncs, double Begun)> SyncsAsync(string what, string server)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(server + "/metrics");
        return (Metric(page, "concordat_log_syncs_total"), Metric(page, $"concordat_{what}_begun_total"));
    }

    private static double Metric(string page, string name) => page.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture)).First();

    private sealed record Load(double PerSecond, double P50, double P99);
}
