using Concordat.Samples.Bank.Audit;
using Concordat.Samples.Bank.Driver;
using Spectre.Console;

namespace Concordat.Samples.Bank.Reporting;

internal static class SummaryTable
{
    /// <param name="ordered">The same transfers with ordered locks, to compare; null where there was no such run.</param>
    public static void Write(IAnsiConsole console, RunSummary run, RunSummary? ordered = null)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("").AddColumn("").HideHeaders();
        Row("transfers", $"{run.Results.Count:N0}, {run.Options.Concurrency} at a time, seed {run.Options.Seed}");
        Row("committed", $"{run.Committed:N0}");
        foreach (var (reason, count) in run.Aborted)
        {
            Row("aborted", $"{count:N0}  {reason}");
        }

        if (run.Options.Locks != LockOrder.None)
        {
            Row("locks", $"{run.Options.Locks.ToString().ToLowerInvariant()}: {run.Victims:N0} deadlocks, whose victims were run again");
        }

        Row("throughput", $"{run.PerSecond:N0} transfers/s, the restarts included ({run.Elapsed.TotalSeconds:N1} s)");
        if (ordered is not null)
        {
            Row("with ordered locks", $"{ordered.PerSecond:N0} transfers/s, {ordered.Victims:N0} deadlocks: random order reaches {run.PerSecond / ordered.PerSecond:0.00} of that");
        }

        Row("latency", $"p50 {Time(run.Percentile(0.5))}, p99 {Time(run.Percentile(0.99))}, longest {Time(run.Percentile(1))}");
        foreach (var kills in run.Kills.GroupBy(k => k.Service, StringComparer.Ordinal))
        {
            Row($"killed {kills.Key}", $"{kills.Count()}×, with {string.Join(", ", kills.Select(k => k.InFlight))} transfers under way");
        }

        Row("settled", $"{Time(run.Settled)} after the last transfer");
        Row("money before", Money(run.Audit.MoneyBefore));
        Row("money after", Money(run.Audit.MoneyAfter));
        Row("branches in doubt", $"{run.Audit.InDoubt}");
        Row("audit", run.Audit.Passed ? "passed" : "FAILED");
        console.Write(table);
        WriteAudit(console, run.Audit);

        void Row(string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));
    }

    private static void WriteAudit(IAnsiConsole console, AuditReport audit)
    {
        foreach (var check in audit.Checks)
        {
            console.MarkupLineInterpolated($"{(check.Passed ? "ok    " : "FAILED")} {check.Claim}");
            foreach (var problem in check.Problems)
            {
                console.MarkupLineInterpolated($"         {problem}");
            }
        }
    }

    public static string Time(TimeSpan time) =>
        time.TotalSeconds < 1 ? $"{time.TotalMilliseconds:0} ms" : $"{time.TotalSeconds:0.0} s";

    private static string Money(long cents) => $"{cents / 100:N0}.{cents % 100:00}";
}
