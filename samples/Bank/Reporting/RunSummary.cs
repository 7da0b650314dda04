using Concordat.Samples.Bank.Audit;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Samples.Bank.Reporting;

/// <param name="Elapsed">From the first transfer to the last outcome.</param>
/// <param name="Settled">From then until nothing was unfinished anywhere.</param>
internal sealed record RunSummary(
    RunOptions Options, IReadOnlyList<TransferResult> Results, IReadOnlyList<Kill> Kills, TimeSpan Elapsed, TimeSpan Settled, AuditReport Audit)
{
    /// <summary>How often a transfer was the victim of a deadlock, and was run again.</summary>
    public int Victims { get; init; }

    public double PerSecond => Results.Count / Elapsed.TotalSeconds;

    public int Committed => Results.Count(r => r.Outcome == Outcome.Committed);

    public IEnumerable<(string Reason, int Count)> Aborted => Results
        .Where(r => r.Outcome == Outcome.Aborted)
        .GroupBy(r => r.Reason ?? "no reason given", (reason, all) => (reason, all.Count()), StringComparer.Ordinal)
        .OrderByDescending(a => a.Item2);

    /// <summary>The latency that this share of the transfers did not exceed.</summary>
    public TimeSpan Percentile(double share)
    {
        var sorted = Results.Select(r => r.Latency).Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
