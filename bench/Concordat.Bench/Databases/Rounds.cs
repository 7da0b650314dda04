using System.Diagnostics;

namespace Concordat.Bench.Databases;

/// <summary>
/// Two ways of the same work, in short rounds that alternate, so that a machine that drifts drifts for both; and the median of the ratios of neighbours.
/// "cpu" is per transaction, of this process, of the coordinator where it has a process of its own, and of the databases.
/// </summary>
internal static class Rounds
{
    private const int Count = 9;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);

    /// <summary>Until the runtime has compiled for good what is used: before that whoever has more code is slower for it.</summary>
    private static readonly TimeSpan Compiling = TimeSpan.FromSeconds(10);

    public const string Header = " concurrent  by hand/s   p50 ms   p99 ms     cpu µs        this/s   p50 ms   p99 ms          cpu µs  ratio  (of all rounds)";

    /// <summary>Before the first level. Several workers, so that it is soon over.</summary>
    /// <returns>How many were run.</returns>
    public static async Task<long> WarmUpAsync(Func<int, Task> byHand, Func<int, Task> concordat, int workers) =>
        (await LoadAsync(workers, byHand, Compiling)).Transactions + (await LoadAsync(workers, concordat, Compiling)).Transactions;

    /// <returns>How many were run, both ways and the warm-up together.</returns>
    public static async Task<long> RunAsync(int concurrency, Func<int, Task> byHand, Func<int, Task> concordat)
    {
        var total = 0L;
        await RoundAsync(byHand, WarmUp);
        await RoundAsync(concordat, WarmUp);
        var (hands, ours) = (new List<Round>(), new List<Round>());
        for (var i = 0; i < Count; i++)
        {
            // Who begins changes, too.
            if (i % 2 == 0)
            {
                hands.Add(await RoundAsync(byHand, Each));
                ours.Add(await RoundAsync(concordat, Each));
            }
            else
            {
                ours.Add(await RoundAsync(concordat, Each));
                hands.Add(await RoundAsync(byHand, Each));
            }
        }

        var ratios = hands.Zip(ours, (h, o) => o.PerSecond / h.PerSecond).ToArray();
        Console.WriteLine(FormattableString.Invariant(
            $"{concurrency,11} {Of(hands, r => r.PerSecond),10:0} {Of(hands, r => r.P50),8:0.00} {Of(hands, r => r.P99),8:0.00} {Of(hands, r => r.Cpu),5:0}+{Of(hands, r => r.DatabaseCpu),-4:0} {Of(ours, r => r.PerSecond),12:0} {Of(ours, r => r.P50),8:0.00} {Of(ours, r => r.P99),8:0.00} {Of(ours, r => r.Cpu),5:0}+{Of(ours, r => r.CoordinatorCpu),4:0}+{Of(ours, r => r.DatabaseCpu),-4:0} {Median(ratios),6:0.00}  ({ratios.Min():0.00} to {ratios.Max():0.00})"));
        return total;

        async Task<Round> RoundAsync(Func<int, Task> work, TimeSpan duration)
        {
            var round = await LoadAsync(concurrency, work, duration);
            total += round.Transactions;
            return round;
        }
    }

    private static async Task<Round> LoadAsync(int concurrency, Func<int, Task> work, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        var (coordinator, databases) = ChildrenCpu.Read();
        var latencies = await Task.WhenAll(Enumerable.Range(0, concurrency).Select(worker => Task.Run(async () =>
        {
            var mine = new List<double>();
            while (watch.Elapsed < duration)
            {
                var begin = Stopwatch.GetTimestamp();
                await work(worker);
                mine.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }

            return mine;
        })));
        var seconds = watch.Elapsed.TotalSeconds;
        var all = latencies.SelectMany(l => l).Order().ToArray();
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var after = ChildrenCpu.Read();
        return new Round(
            all.Length, all.Length / seconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], cpu.TotalMicroseconds / all.Length,
            (after.Coordinator - coordinator).TotalMicroseconds / all.Length, (after.Databases - databases).TotalMicroseconds / all.Length);
    }

    private static double Of(List<Round> rounds, Func<Round, double> figure) => Median([.. rounds.Select(figure)]);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private sealed record Round(int Transactions, double PerSecond, double P50, double P99, double Cpu, double CoordinatorCpu, double DatabaseCpu);
}
