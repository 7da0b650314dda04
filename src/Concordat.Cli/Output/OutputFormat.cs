using System.CommandLine;

namespace Concordat.Cli.Output;

internal enum OutputFormat
{
    Table,
    Json,
}

internal static class OutputOption
{
    internal static Option<OutputFormat> Create() => new("--output", "-o")
    {
        Description = "How to write the result [default: table]",
        HelpName = "table|json",
    };
}

/// <summary>For lists: also a line of JSON for each, and comma-separated values with a line of names.</summary>
internal enum RowFormat
{
    Table,
    Json,
    Jsonl,
    Csv,
}

internal static class RowOption
{
    internal static Option<RowFormat> Create() => new("--output", "-o")
    {
        Description = "How to write the result [default: table]",
        HelpName = "table|json|jsonl|csv",
    };
}
