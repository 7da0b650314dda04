using System.Globalization;
using System.Text.Json;
using Concordat.Cli.Output;
using Concordat.Simulation;

namespace Concordat.Cli.Simulating;

/// <summary>What the seeds came to, and what they reached.</summary>
internal static class SimulationReport
{
    internal static void Write(Terminal terminal, OutputFormat format, SeedRuns runs, ulong from, bool withCoverage)
    {
        if (format == OutputFormat.Json)
        {
            terminal.WriteJson(json => WriteJson(json, runs, from, withCoverage));
            return;
        }

        var summary = Tables.Create("WHAT", "COUNT");
        foreach (var (name, value) in Totals(runs, from))
        {
            summary.AddRow(name, value);
        }

        terminal.Write(summary);
        terminal.Out.WriteLine();
        Write(terminal, "FAULT OR ACCIDENT", runs.Coverage.Happenings);
        if (!withCoverage)
        {
            return;
        }

        Write(terminal, "ROW OF THE RECOVERY TABLE", runs.Coverage.RecoveryRows.Select(r => (r.Key, r.Value)));
        Write(terminal, "RECORD", runs.Coverage.Records.Select(r => (r.Key, r.Value)));
        var points = Tables.Create("CRASH POINT", "PASSED", "KILLED");
        foreach (var (name, passed, killed) in runs.Coverage.Points)
        {
            points.AddRow(name, Number(passed), Number(killed));
        }

        terminal.Write(points);
    }

    private static void Write(Terminal terminal, string title, IEnumerable<(string Name, long Count)> rows)
    {
        var table = Tables.Create(title, "COUNT");
        foreach (var (name, count) in rows)
        {
            table.AddRow(name, Number(count));
        }

        terminal.Write(table);
        terminal.Out.WriteLine();
    }

    private static (string Name, string Value)[] Totals(SeedRuns runs, ulong from)
    {
        var seconds = Math.Max(runs.Elapsed.TotalSeconds, 0.001);
        return
        [
            ("first seed", from.ToString(CultureInfo.InvariantCulture)),
            ("seeds", Number(runs.Seeds)),
            ("seeds that broke an invariant", Number(runs.Failures.Count)),
            ("seconds", seconds.ToString("0.0", CultureInfo.InvariantCulture)),
            ("seeds/s", Number((long)(runs.Seeds / seconds))),
            ("events/s", Number((long)(runs.Events / seconds))),
            ("events a seed", Number(runs.Events / Math.Max(runs.Seeds, 1))),
            ("transactions a seed", PerSeed(runs.Transactions, runs)),
            ("participants a seed", PerSeed(runs.Participants, runs)),
            ("faults a seed", PerSeed(runs.Faults, runs)),
            ("crash points reached", Number(runs.Coverage.Points.Count())),
            ("crash points killed at", Number(runs.Coverage.Points.Count(p => p.Killed > 0))),
        ];
    }

    private static void WriteJson(Utf8JsonWriter json, SeedRuns runs, ulong from, bool withCoverage)
    {
        json.WriteStartObject();
        json.WriteNumber("firstSeed", from);
        json.WriteNumber("seeds", runs.Seeds);
        json.WriteNumber("seconds", runs.Elapsed.TotalSeconds);
        json.WriteNumber("events", runs.Events);
        json.WriteNumber("transactions", runs.Transactions);
        json.WriteNumber("participants", runs.Participants);
        json.WriteNumber("faults", runs.Faults);
        json.WriteStartArray("broken");
        foreach (var (seed, broken) in runs.Failures)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", seed);
            json.WriteString("what", broken);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteCounts(json, "happenings", runs.Coverage.Happenings);
        if (withCoverage)
        {
            WriteCounts(json, "recoveryRows", runs.Coverage.RecoveryRows.Select(r => (r.Key, r.Value)));
            WriteCounts(json, "records", runs.Coverage.Records.Select(r => (r.Key, r.Value)));
            json.WriteStartArray("crashPoints");
            foreach (var (name, passed, killed) in runs.Coverage.Points)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteNumber("passed", passed);
                json.WriteNumber("killed", killed);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, IEnumerable<(string Name, long Count)> counts)
    {
        json.WriteStartObject(name);
        foreach (var (what, count) in counts)
        {
            json.WriteNumber(what, count);
        }

        json.WriteEndObject();
    }

    private static string PerSeed(long count, SeedRuns runs) => ((double)count / Math.Max(runs.Seeds, 1)).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
