using System.Text.Json.Serialization.Metadata;

namespace Concordat.Cli.Output;

/// <summary>A list in whichever form it is asked for. The columns are those of the table and of the comma-separated values; JSON is the wire's.</summary>
internal sealed class Rows<T>(JsonTypeInfo<T> type)
{
    private readonly List<(string Name, Func<T, string?> Cell)> _columns = [];

    internal Rows<T> Column(string name, Func<T, string?> cell)
    {
        _columns.Add((name, cell));
        return this;
    }

    internal void Write(Terminal terminal, RowFormat format, IEnumerable<T> items)
    {
        switch (format)
        {
            case RowFormat.Json:
                using (var array = new JsonArrayOutput(terminal.Out))
                {
                    foreach (var item in items)
                    {
                        array.Add(JsonOutput.Line(item, type));
                    }
                }

                break;
            case RowFormat.Jsonl:
                foreach (var item in items)
                {
                    terminal.Out.WriteLine(JsonOutput.Line(item, type));
                }

                break;
            case RowFormat.Csv:
                Csv(terminal, _columns.Select(c => (string?)c.Name.ToLowerInvariant().Replace(' ', '_')));
                foreach (var item in items)
                {
                    Csv(terminal, _columns.Select(c => c.Cell(item)));
                }

                break;
            default:
                var table = Tables.Create([.. _columns.Select(c => c.Name)]);
                foreach (var item in items)
                {
                    Tables.AddRow(table, [.. _columns.Select(c => c.Cell(item))]);
                }

                terminal.Write(table);
                break;
        }
    }

    /// <summary>RFC 4180, with a line feed.</summary>
    private static void Csv(Terminal terminal, IEnumerable<string?> cells) => terminal.Out.WriteLine(string.Join(',', cells.Select(Quoted)));

    private static string Quoted(string? cell)
    {
        var text = Tables.Printable(cell ?? "");
        return text.AsSpan().ContainsAny(',', '"') ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
