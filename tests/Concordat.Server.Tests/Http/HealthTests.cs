using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

public sealed partial class HealthTests
{
    [Fact]
    public async Task The_process_is_live_whatever_the_engine_does()
    {
        await using var server = await TestServer.Start();
        server.Engine.State = EngineState.Stopped;
        using var response = await server.Get("/livez");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var head = await server.Send(HttpMethod.Head, "/livez", content: null);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Theory]
    [InlineData(EngineState.Ready, false, null)]
    [InlineData(EngineState.Recovering, false, "the log is being read")]
    [InlineData(EngineState.Draining, false, "stopping")]
    [InlineData(EngineState.Stopped, false, "stopped")]
    [InlineData(EngineState.Ready, true, "no room")]
    public async Task Ready_is_recovered_with_a_writable_log_and_else_it_says_why(EngineState state, bool logIsFull, string? reason)
    {
        await using var server = await TestServer.Start();
        server.Engine.State = state;
        server.Engine.Counts = new EngineCounts { LogIsFull = logIsFull, RecoverySeconds = 0.25 };
        using var response = await server.Get("/readyz");
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(reason is null ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        if (reason is null)
        {
            Assert.Equal(
                """{"status":"ready","reason":null,"checks":[{"name":"recovery","ok":true,"detail":"done in 0.25 s"},{"name":"log","ok":true,"detail":"writable"}],"warnings":[]}""",
                body);
        }
        else
        {
            Assert.Matches($"^{{\"status\":\"unready\",\"reason\":\"[^\"]*{reason}", body);
        }
    }

    [Fact]
    public async Task Metrics_are_well_formed_and_complete_also_when_nothing_has_happened()
    {
        await using var server = await TestServer.Start();
        var samples = await Scrape(server);
        Assert.All(samples.Where(sample => !sample.Key.StartsWith("concordat_build_info", StringComparison.Ordinal) && sample.Key != "concordat_ready"), sample => Assert.Equal(0, sample.Value));
        Assert.Equal(47, samples.Count);
    }

    [Fact]
    public async Task Metrics_show_the_engine_s_counts()
    {
        await using var server = await TestServer.Start();
        server.Engine.Counts = new EngineCounts
        {
            Begun = 12, Committed = 7, Aborted = 3, Hazards = 1, OldestAgeSeconds = 1.5, LogSizeBytes = 1L << 40, LogIsFull = true,
            ByState = new Dictionary<TransactionState, int> { [TransactionState.Preparing] = 2 },
        };
        var samples = await Scrape(server);
        Assert.Equal(7, samples["concordat_transactions_total{outcome=\"committed\"}"]);
        Assert.Equal(3, samples["concordat_transactions_total{outcome=\"aborted\"}"]);
        Assert.Equal(2, samples["concordat_transaction_active{state=\"preparing\"}"]);
        Assert.Equal(0, samples["concordat_transaction_active{state=\"active\"}"]);
        Assert.Equal(1, samples["concordat_hazards"]);
        Assert.Equal(1.5, samples["concordat_transaction_oldest_age_seconds"]);
        Assert.Equal(1L << 40, samples["concordat_log_size_bytes"]);
        Assert.Equal(1, samples["concordat_log_full"]);
    }

    [Fact]
    public async Task Metrics_show_locks_held_and_awaited_deadlocks_and_how_long_was_waited()
    {
        await using var server = await TestServer.Start();
        var waits = new WaitTimes();
        waits.Add(TimeSpan.FromMilliseconds(50));
        waits.Add(TimeSpan.FromSeconds(5));
        waits.Add(TimeSpan.FromSeconds(500));
        server.Engine.Counts = new EngineCounts { LocksHeld = 3, LocksWaiting = 2, Deadlocks = 4, LockWaits = waits };
        var samples = await Scrape(server);
        Assert.Equal((3, 2, 4), (samples["concordat_locks_held"], samples["concordat_locks_waiting"], samples["concordat_deadlocks_total"]));
        Assert.Equal(
            [0, 0, 1, 1, 2, 2, 3],
            ((string[])["0.001", "0.01", "0.1", "1", "10", "60", "+Inf"]).Select(bound => samples[$"concordat_lock_wait_seconds_bucket{{le=\"{bound}\"}}"]));
        Assert.Equal((505.05, 3), (samples["concordat_lock_wait_seconds_sum"], samples["concordat_lock_wait_seconds_count"]));
    }

    /// <summary>Reads the exposition by its grammar: every sample belongs to the metric that was announced last, with help and type.</summary>
    private static async Task<Dictionary<string, double>> Scrape(TestServer server)
    {
        using var response = await server.Get("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var page = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("\n", page, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        string? help = null, family = null, type = null;
        foreach (var line in page.TrimEnd('\n').Split('\n'))
        {
            if (Help().Match(line) is { Success: true } helped)
            {
                help = helped.Groups["name"].Value;
            }
            else if (Type().Match(line) is { Success: true } typed)
            {
                (family, type) = (typed.Groups["name"].Value, typed.Groups["type"].Value);
                Assert.Equal(help, family);
                Assert.Equal(type == "counter", family.EndsWith("_total", StringComparison.Ordinal));
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                var name = sample.Groups["name"].Value;
                Assert.True(name == family || (type == "histogram" && name[family!.Length..] is "_bucket" or "_sum" or "_count"), line);
                samples.Add(sample.Groups["series"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }

        return samples;
    }

    [GeneratedRegex("^# HELP (?<name>[a-z_]+) .+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-z_]+) (?<type>counter|gauge|histogram)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Type();

    [GeneratedRegex("^(?<series>(?<name>[a-z_]+)(\\{[a-z_]+=\"[^\"\\\\]*\"\\})?) (?<value>[0-9.E+-]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();
}
