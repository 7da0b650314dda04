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
