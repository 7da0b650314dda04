using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;
using Concordat.Client;

namespace Concordat.Cli.Transactions;

/// <summary><c>concordat tx list</c></summary>
internal sealed class ListCommand
{
    private const int PageSize = 200;

    /// <summary>The server takes no more.</summary>
    private const double MaxAgeSeconds = 1_000_000_000;
    private const int TableChunk = 1000;

    private readonly Option<string?> _state = new("--state") { Description = "In this state only", HelpName = "STATE" };
    private readonly Option<string?> _outcome = new("--outcome") { Description = "With this outcome only", HelpName = "OUTCOME" };
    private readonly Option<string?> _name = new("--name") { Description = "Of this name only", HelpName = "NAME" };
    private readonly Option<string?> _participant = new("--participant") { Description = "With a branch of this participant only", HelpName = "NAME" };
    private readonly Option<string[]> _labels = LabelOption();
    private readonly Option<double?> _olderThan = OlderThanOption();
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "At most so many", HelpName = "N", DefaultValueFactory = _ => 50 };
    private readonly Option<bool> _all = new("--all") { Description = "Without a limit" };
    private readonly Option<OutputFormat> _output = OutputOption.Create();

    private ListCommand()
    {
        _state.AcceptOnlyFromAmong(Wire.Names<TransactionState>());
        _outcome.AcceptOnlyFromAmong(Wire.Names<Outcome>());
        _limit.AcceptOnly(static limit => limit >= 1, "--limit must be at least 1");
    }

    internal static Option<string[]> LabelOption()
    {
        var labels = new Option<string[]>("--label") { Description = "With this label only; several: with all of them", HelpName = "KEY=VALUE" };
        labels.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"--label {token.Value} is not of the form KEY=VALUE");
            }
        });
        return labels;
    }

    internal static Option<double?> OlderThanOption()
    {
        var olderThan = new Option<double?>("--older-than") { Description = "Created at least so long ago", HelpName = "SECONDS" };
        olderThan.AcceptOnly(static seconds => seconds is null or (>= 0 and <= MaxAgeSeconds), $"--older-than must be from 0 to {MaxAgeSeconds} seconds");
        return olderThan;
    }

    internal static Command Create(Terminal terminal, ConnectionOptions connection)
    {
        var options = new ListCommand();
        var list = new CommandWithExamples(
            "list",
            "List transactions, newest first",
            "concordat tx list --state committing --older-than 60      # what is stuck, and where",
            "concordat tx list --label order=42 -o json",
            "concordat tx list --all --outcome aborted -o json | jq -r '.[].reason.code' | sort | uniq -c")
        {
            options._state, options._outcome, options._name, options._participant, options._labels, options._olderThan, options._limit, options._all,
            options._output,
        };
        list.SetRemoteAction(terminal, connection, (parsed, client, cancellationToken) => options.RunAsync(terminal, parsed, client, cancellationToken));
        return list;
    }

    private async Task<ExitCode> RunAsync(Terminal terminal, ParseResult parsed, IConcordatClient client, CancellationToken cancellationToken)
    {
        var limit = parsed.GetValue(_all) ? int.MaxValue : parsed.GetValue(_limit);
        var query = new TransactionQuery
        {
            State = Chosen<TransactionState>(parsed, _state),
            Outcome = Chosen<Outcome>(parsed, _outcome),
            Name = parsed.GetValue(_name),
            Participant = parsed.GetValue(_participant),
            Labels = Labels(parsed.GetValue(_labels) ?? []),
            OlderThan = parsed.GetValue(_olderThan) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Limit = Math.Min(limit, PageSize),
        };
        await using var items = client.EnumerateAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);

        // The first page is asked for before anything is written: a failure leaves no half of a document.
        var any = await items.MoveNextAsync();
        var more = parsed.GetValue(_output) == OutputFormat.Json
            ? await WriteJsonAsync(terminal, items, any, limit)
            : await WriteTablesAsync(terminal, items, any, limit);
        if (more)
        {
            await terminal.Error.WriteLineAsync($"concordat: there are more than {limit}; see them with --limit or --all");
        }

        return ExitCode.Ok;
    }

    /// <summary>The parser lets the name of an option pass for a value (<c>--state --help</c>): a filter is never dropped in silence.</summary>
    internal static T? Chosen<T>(ParseResult parsed, Option<string?> option)
        where T : struct, Enum => parsed.GetValue(option) is not { } text ? null
            : Wire.Parse<T>(text) ?? throw new CommandFailedException(ExitCode.Usage, $"{option.Name} is '{text}'; it must be one of {string.Join(", ", Wire.Names<T>())}");

    /// <summary>Whether there are more than the limit allows.</summary>
    private static async Task<bool> WriteJsonAsync(Terminal terminal, IAsyncEnumerator<TransactionDocument> items, bool any, int limit)
    {
        using var array = new JsonArrayOutput(terminal.Out);
        for (var written = 0; any; any = await items.MoveNextAsync())
        {
            if (written++ == limit)
            {
                return true;
            }

            array.Add(JsonOutput.Line(items.Current, ContractJson.Default.TransactionDocument));
        }

        return false;
    }

    private static async Task<bool> WriteTablesAsync(Terminal terminal, IAsyncEnumerator<TransactionDocument> items, bool any, int limit)
    {
        var chunk = new List<TransactionDocument>();
        var written = 0;
        for (; any && written < limit; any = await items.MoveNextAsync())
        {
            chunk.Add(items.Current);
            written++;
            if (chunk.Count == TableChunk)
            {
                terminal.Write(TransactionTables.OfMany(chunk));
                chunk.Clear();
            }
        }

        if (chunk.Count > 0 || written == 0)
        {
            terminal.Write(TransactionTables.OfMany(chunk));
        }

        return any;
    }

    internal static Dictionary<string, string>? Labels(string[] labels)
    {
        if (labels.Length == 0)
        {
            return null;
        }

        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in labels)
        {
            var equals = label.IndexOf('=', StringComparison.Ordinal);
            wanted[label[..equals]] = label[(equals + 1)..];
        }

        return wanted;
    }
}
