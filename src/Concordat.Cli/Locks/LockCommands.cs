using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;
using Concordat.Client;

namespace Concordat.Cli.Locks;

/// <summary><c>concordat locks …</c></summary>
internal static class LockCommands
{
    private const int PageSize = 200;

    internal static Command Create(Terminal terminal)
    {
        var connection = new ConnectionOptions();
        var locks = new Command("locks", "The keys that transactions hold and await at a running coordinator") { List(terminal, connection) };
        connection.AddTo(locks);
        return locks;
    }

    private static CommandWithExamples List(Terminal terminal, ConnectionOptions connection)
    {
        var key = new Option<string?>("--key") { Description = "This key only", HelpName = "KEY" };
        var transaction = new Option<string?>("--transaction") { Description = "Held or awaited by this transaction only", HelpName = "ID" };
        var waiting = new Option<bool>("--waiting") { Description = "Only keys that somebody waits for" };
        var limit = new Option<int>("--limit", "-n") { Description = "At most so many keys", HelpName = "N", DefaultValueFactory = _ => 50 };
        limit.AcceptOnly(static number => number >= 1, "--limit must be at least 1");
        var output = OutputOption.Create();
        var list = new CommandWithExamples(
            "list",
            "Who holds and who awaits what, oldest key first",
            "concordat locks list --waiting      # who keeps whom waiting",
            "concordat locks list --key account/alice -o json")
        {
            key, transaction, waiting, limit, output,
        };
        list.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var query = new LockQuery { Key = parsed.GetValue(key), Transaction = IdOf(parsed.GetValue(transaction)), WaitingOnly = parsed.GetValue(waiting) };
            var most = parsed.GetValue(limit);
            var (items, hasMore) = await ReadAsync(client, query, most, cancellationToken);
            if (parsed.GetValue(output) == OutputFormat.Json)
            {
                using var array = new JsonArrayOutput(terminal.Out);
                foreach (var item in items)
                {
                    array.Add(JsonOutput.Line(item, ContractJson.Default.LockDocument));
                }
            }
            else
            {
                terminal.Write(Table(items));
            }

            if (hasMore)
            {
                await terminal.Error.WriteLineAsync($"concordat: there are more than {most}; see them with --limit");
            }

            return ExitCode.Ok;
        });
        return list;
    }

    private static TransactionId? IdOf(string? text) => text is null ? null
        : TransactionId.TryParse(text, out var id) ? id
        : throw new CommandFailedException(ExitCode.Usage, $"--transaction is '{text}', which is no transaction's id");

    private static async Task<(List<LockDocument> Items, bool HasMore)> ReadAsync(IConcordatClient client, LockQuery query, int limit, CancellationToken cancellationToken)
    {
        var items = new List<LockDocument>();
        string? cursor = null;
        do
        {
            var page = await client.ListLocksAsync(query with { Cursor = cursor, Limit = Math.Min(limit - items.Count, PageSize) }, cancellationToken);
            items.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null && items.Count < limit);
        return (items, cursor is not null);
    }

    /// <summary>A row for everybody who holds a key, and below for everybody who waits for it, first come first.</summary>
    private static Spectre.Console.Table Table(List<LockDocument> items)
    {
        var table = Tables.Create("KEY", "STATE", "MODE", "TRANSACTION", "SINCE", "FENCING TOKEN");
        foreach (var item in items)
        {
            foreach (var holder in item.Holders)
            {
                Tables.AddRow(table, item.Key, "held", Wire.Name(holder.Mode), holder.Transaction.ToString(), Time(holder.Since), holder.FencingToken?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            More(table, item.Key, "held", item.HolderCount - item.Holders.Count);
            foreach (var waiter in item.Waiting)
            {
                Tables.AddRow(table, item.Key, "awaited", Wire.Name(waiter.Mode), waiter.Transaction.ToString(), Time(waiter.Since), null);
            }

            More(table, item.Key, "awaited", item.WaitingCount - item.Waiting.Count);
        }

        return table;
    }

    private static void More(Spectre.Console.Table table, string key, string state, int count)
    {
        if (count > 0)
        {
            Tables.AddRow(table, key, state, null, $"and {count.ToString(System.Globalization.CultureInfo.InvariantCulture)} more", null, null);
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
