using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;
using Concordat.Cli.Transactions;
using Concordat.Client;

namespace Concordat.Cli.Sagas;

/// <summary><c>concordat saga list</c></summary>
internal static class SagaListCommand
{
    private const int PageSize = 200;

    internal static Command Create(Terminal terminal, ConnectionOptions connection)
    {
        var state = new Option<string?>("--state") { Description = "In this state only", HelpName = "STATE" };
        state.AcceptOnlyFromAmong(Wire.Names<SagaState>());
        var name = new Option<string?>("--name") { Description = "Of this name only", HelpName = "NAME" };
        var participant = new Option<string?>("--participant") { Description = "That calls this participant only", HelpName = "NAME" };
        var labels = ListCommand.LabelOption();
        var olderThan = ListCommand.OlderThanOption();
        var limit = new Option<int>("--limit", "-n") { Description = "At most so many", HelpName = "N", DefaultValueFactory = _ => 50 };
        limit.AcceptOnly(static number => number >= 1, "--limit must be at least 1");
        var output = OutputOption.Create();
        var list = new CommandWithExamples(
            "list",
            "List sagas, newest first",
            "concordat saga list --state stuck      # what needs a person",
            "concordat saga list --label order=42 -o json")
        {
            state, name, participant, labels, olderThan, limit, output,
        };
        list.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var most = parsed.GetValue(limit);
            var query = new SagaQuery
            {
                State = ListCommand.Chosen<SagaState>(parsed, state),
                Name = parsed.GetValue(name),
                Participant = parsed.GetValue(participant),
                Labels = ListCommand.Labels(parsed.GetValue(labels) ?? []),
                OlderThan = parsed.GetValue(olderThan) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Limit = Math.Min(most, PageSize),
            };
            var items = new List<SagaDocument>();
            var hasMore = false;
            await foreach (var saga in client.Sagas.EnumerateAsync(query, cancellationToken))
            {
                if (items.Count == most)
                {
                    hasMore = true;
                    break;
                }

                items.Add(saga);
            }

            Write(terminal, parsed.GetValue(output), items);
            if (hasMore)
            {
                await terminal.Error.WriteLineAsync($"concordat: there are more than {most}; see them with --limit");
            }

            return ExitCode.Ok;
        });
        return list;
    }

    private static void Write(Terminal terminal, OutputFormat format, List<SagaDocument> items)
    {
        if (format != OutputFormat.Json)
        {
            terminal.Write(SagaTables.OfMany(items));
            return;
        }

        using var array = new JsonArrayOutput(terminal.Out);
        foreach (var item in items)
        {
            array.Add(JsonOutput.Line(item, ContractJson.Default.SagaDocument));
        }
    }
}
