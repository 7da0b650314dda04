using System.Globalization;

namespace Concordat.Matrix.Tests.Reporting;

/// <summary>docs/kill-matrix.md, of which two parts are written by a full run.</summary>
internal static class MatrixDocument
{
    internal const string Variable = "CONCORDAT_REWRITE";
    private const string Outcomes = "outcomes";
    private const string Times = "times";

    internal static bool IsRewritten => Environment.GetEnvironmentVariable(Variable) is not null;

    private static string File => Path.Combine(Repository(), "docs", "kill-matrix.md");

    internal static string ReadOutcomes()
    {
        var text = System.IO.File.ReadAllText(File);
        var (from, to) = Part(text, Outcomes);
        return text[from..to];
    }

    internal static void Write(IReadOnlyDictionary<Cell, CellResult> results, TimeSpan took)
    {
        var text = System.IO.File.ReadAllText(File);
        text = Replace(text, Outcomes, MatrixTable.Outcomes(cell => results[cell].Committed));
        var figures = string.Create(CultureInfo.InvariantCulture, $"{results.Count} cells in {took.TotalSeconds:0} s. Median, and longest:\n\n{MatrixTable.Times(results)}");
        System.IO.File.WriteAllText(File, Replace(text, Times, figures));
    }

    private static string Replace(string text, string part, string by)
    {
        var (from, to) = Part(text, part);
        return text[..from] + by + text[to..];
    }

    private static (int From, int To) Part(string text, string name)
    {
        var begin = $"<!-- generated: {name} -->\n";
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return (from, text.IndexOf("<!-- end of the generated part -->", from, StringComparison.Ordinal));
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(directory, "Concordat.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests do not run within the repository");
        }

        return directory;
    }
}
