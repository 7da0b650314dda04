using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Concordat.Cli.Output;

/// <summary>Tables for people. Nothing in them wraps when piped: one row, one line, so that grep and awk work.</summary>
internal static class Tables
{
    private const int PipedWidth = 10_000;
    private const int LeastWidth = 160;

    internal static Table Create(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).NoWrap().PadLeft(0).PadRight(2));
        }

        return table;
    }

    internal static void AddRow(this Table table, params ReadOnlySpan<string?> cells)
    {
        var texts = new Text[cells.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = new Text(Printable(cells[i] ?? "-"), StyleOf(cells[i]));
        }

        TableExtensions.AddRow(table, texts);
    }

    internal static void Write(this Terminal terminal, Table table)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal.HasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal.HasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = terminal.Width is { } width ? Math.Max(width, LeastWidth) : PipedWidth;
        console.Write(table);

        // The padding of the last column is of no use to anybody.
        foreach (var line in text.ToString().TrimEnd().Split('\n'))
        {
            terminal.Out.WriteLine(line.TrimEnd());
        }
    }

    /// <summary>What comes from elsewhere must not steer the terminal: control characters are shown, not sent.</summary>
    internal static string Printable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            _ = char.IsControl(c) ? printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : printable.Append(c);
        }

        return printable.ToString();
    }

    private static Style StyleOf(string? cell) => cell switch
    {
        "committed" or "up" or "sound" => new Style(Color.Green),
        "aborted" or "aborting" or "refused" or "hazard" or "down" or "damaged" => new Style(Color.Red),
        _ => Style.Plain,
    };
}
