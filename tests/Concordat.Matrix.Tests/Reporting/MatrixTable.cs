using System.Globalization;
using System.Text;

namespace Concordat.Matrix.Tests.Reporting;

/// <summary>The matrix as it stands in the documentation.</summary>
internal static class MatrixTable
{
    private static readonly Stack[] Stacks = Enum.GetValues<Stack>();

    /// <param name="commits">Null: not run.</param>
    internal static string Outcomes(Func<Cell, bool?> commits)
    {
        var table = Head("killed", "at");
        foreach (var victim in Enum.GetValues<Victim>())
        {
            foreach (var point in Enum.GetValues<Point>())
            {
                Row(table, [NameOf(victim), NameOf(point), .. Stacks.Select(stack => new Cell(stack, victim, point)).Select(OutcomeOf)]);
            }
        }

        return table.ToString();

        string OutcomeOf(Cell cell) => !Cell.VictimsOf(cell.Stack).Contains(cell.Victim) ? "–" : commits(cell) switch
        {
            true => "committed",
            false => "rolled back",
            null => "not run",
        };
    }

    /// <summary>Of each victim, median and longest: from the kill until it serves again, and until all has ended.</summary>
    internal static string Times(IReadOnlyDictionary<Cell, CellResult> results)
    {
        var table = Head("killed", "seconds until");
        foreach (var victim in Enum.GetValues<Victim>())
        {
            Row(table, [NameOf(victim), "it serves again", .. Stacks.Select(stack => Of(stack, victim, r => r.Again))]);
            Row(table, ["", "all has ended", .. Stacks.Select(stack => Of(stack, victim, r => r.Ended))]);
        }

        return table.ToString();

        string Of(Stack stack, Victim victim, Func<CellResult, TimeSpan> time)
        {
            var seconds = results.Where(r => r.Key.Stack == stack && r.Key.Victim == victim).Select(r => time(r.Value).TotalSeconds).Order().ToArray();
            return seconds.Length == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{seconds[seconds.Length / 2]:0.0}, {seconds[^1]:0.0}");
        }
    }

    private static StringBuilder Head(params string[] first)
    {
        var table = new StringBuilder();
        Row(table, [.. first, .. Stacks.Select(NameOf)]);
        return table.Append('|').Insert(table.Length, "---|", first.Length + Stacks.Length).Append('\n');
    }

    private static void Row(StringBuilder table, string[] fields) => table.Append("| ").AppendJoin(" | ", fields).Append(" |\n");

    private static string NameOf(Stack stack) => stack switch
    {
        Stack.NpgsqlScope => "scope, Npgsql",
        Stack.EntityFrameworkScope => "scope, EF Core",
        Stack.Postgres => "PostgreSQL",
        Stack.MariaDb => "MariaDB",
        _ => "mixed",
    };

    private static string NameOf(Victim victim) => victim switch
    {
        Victim.FirstDatabase => "first database",
        Victim.SecondDatabase => "second database",
#pragma warning disable CA1308 // For people.
        _ => victim.ToString().ToLowerInvariant(),
#pragma warning restore CA1308
    };

    private static string NameOf(Point point) => point switch
    {
        Point.BeforePrepare => "before any prepare",
        Point.FirstPrepared => "first prepared",
        Point.AllPrepared => "all prepared",
        Point.Decided => "decided",
        _ => "first committed",
    };
}
