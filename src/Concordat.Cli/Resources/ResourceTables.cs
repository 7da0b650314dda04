using System.Globalization;
using Concordat.Cli.Output;

namespace Concordat.Cli.Resources;

/// <summary>Resources, prepared branches and sweeps for people.</summary>
internal static class ResourceTables
{
    internal static readonly Rows<ResourceDocument> Resources = new Rows<ResourceDocument>(ContractJson.Default.ResourceDocument)
        .Column("NAME", r => r.Name)
        .Column("IDENTITY", r => r.Identity)
        .Column("UNFINISHED", r => Number(r.Unfinished))
        .Column("AWAITED", r => Number(r.Awaited))
        .Column("SWEPT EVERY", r => r.Agent is { } agent ? agent.IntervalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s" : null)
        .Column("LAST SWEEP", r => r.Agent?.LastSweepAt?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
        .Column("PREPARED", r => r.Agent is { LastSweepAt: not null } agent ? Counts(agent.Prepared) : null)
        .Column("OLDEST", r => Age(r.Agent?.OldestAgeSeconds))
        .Column("FAILURE", r => r.Agent?.Failure);

    internal static readonly Rows<PreparedDocument> Prepared = new Rows<PreparedDocument>(ContractJson.Default.PreparedDocument)
        .Column("BRANCH", b => b.Name)
        .Column("CLASS", b => Wire.Name(b.Class))
        .Column("AGE", b => Age(b.AgeSeconds))
        .Column("OWNER", b => b.Owner)
        .Column("LOCKS", b => b.Locks is { } locks ? Number(locks) : null)
        .Column("TABLES", b => b.LockedTables.Count == 0 ? null : string.Join(' ', b.LockedTables))
        .Column("TRANSACTION", b => b.Transaction?.Name)
        .Column("STATE", b => b.Transaction?.State is { } state ? Wire.Name(state) : null);

    private static readonly Rows<ReconciledBranch> Reconciled = new Rows<ReconciledBranch>(ContractJson.Default.ReconciledBranch)
        .Column("BRANCH", b => b.Branch)
        .Column("CLASS", b => Wire.Name(b.Class))
        .Column("NOW", b => !b.Finished ? "left" : b.Class == PreparedClass.Committed ? "committed" : "rolled back");

    internal static void Write(Terminal terminal, RowFormat format, ReconcileAnswer answer)
    {
        switch (format)
        {
            case RowFormat.Json:
                terminal.WriteJson(answer, ContractJson.Default.ReconcileAnswer);
                return;
            case RowFormat.Jsonl:
                terminal.Out.WriteLine(JsonOutput.Line(answer, ContractJson.Default.ReconcileAnswer));
                return;
            case RowFormat.Csv:
                Reconciled.Write(terminal, format, answer.Prepared);
                return;
        }

        var counts = Tables.Create("PREPARED", "FINISHED", "DONE", "REPORTED", "FORGOTTEN", "FAILED");
        Tables.AddRow(counts, Number(answer.Prepared.Count), Number(answer.Finished), Number(answer.Done), Number(answer.Reported), Number(answer.Forgotten), Number(answer.Failures.Count));
        terminal.Write(counts);
        if (answer.Prepared.Count > 0)
        {
            terminal.Out.WriteLine();
            Reconciled.Write(terminal, format, answer.Prepared);
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Counts(IReadOnlyDictionary<string, int> counts) =>
        counts.Count == 0 ? "0" : string.Join(' ', counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key}={Number(c.Value)}"));

    private static string? Age(double? seconds) => seconds switch
    {
        null => null,
        < 60 => $"{seconds.Value.ToString("0.0", CultureInfo.InvariantCulture)} s",
        < 3600 => $"{(int)(seconds.Value / 60)} min",
        < 86_400 => $"{(int)(seconds.Value / 3600)} h {(int)(seconds.Value % 3600 / 60)} min",
        _ => $"{(int)(seconds.Value / 86_400)} d {(int)(seconds.Value % 86_400 / 3600)} h",
    };
}
