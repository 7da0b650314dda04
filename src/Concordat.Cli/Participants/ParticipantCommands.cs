using System.CommandLine;
using System.Globalization;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;

namespace Concordat.Cli.Participants;

/// <summary><c>concordat participants …</c></summary>
internal static class ParticipantCommands
{
    internal static Command Create(Terminal terminal)
    {
        var connection = new ConnectionOptions();
        var participants = new Command("participants", "The participants that a running coordinator knows")
        {
            List(terminal, connection), Get(terminal, connection), Put(terminal, connection), Remove(terminal, connection),
        };
        connection.AddTo(participants);
        return participants;
    }

    private static Argument<string> NameArgument() => new("name") { Description = "The participant's name" };

    private static CommandWithExamples List(Terminal terminal, ConnectionOptions connection)
    {
        var output = OutputOption.Create();
        var list = new CommandWithExamples("list", "All participants", "concordat participants list") { output };
        list.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var all = await client.ListParticipantsAsync(cancellationToken);
            if (parsed.GetValue(output) == OutputFormat.Json)
            {
                using var array = new JsonArrayOutput(terminal.Out);
                foreach (var participant in all.Items)
                {
                    array.Add(JsonOutput.Line(participant, ContractJson.Default.ParticipantDocument));
                }
            }
            else
            {
                Write(terminal, all.Items);
            }

            return ExitCode.Ok;
        });
        return list;
    }

    private static CommandWithExamples Get(Terminal terminal, ConnectionOptions connection)
    {
        var name = NameArgument();
        var output = OutputOption.Create();
        var get = new CommandWithExamples("get", "One participant", "concordat participants get bank-a -o json") { name, output };
        get.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            Show(terminal, parsed.GetValue(output), await client.GetParticipantAsync(parsed.GetRequiredValue(name), cancellationToken));
            return ExitCode.Ok;
        });
        return get;
    }

    private static CommandWithExamples Put(Terminal terminal, ConnectionOptions connection)
    {
        var name = NameArgument();
        var url = new Argument<string>("url") { Description = "Where the coordinator calls it: /prepare, /commit and /rollback are below" };
        var onePhase = new Option<bool>("--one-phase") { Description = "It can prepare and commit in one call when it is the only branch" };
        var inquires = new Option<bool>("--inquires") { Description = "It asks for the outcome by itself, as docs/http.md says; this saves one forced write" };
        var output = OutputOption.Create();
        var put = new CommandWithExamples(
            "put", "Register a participant, or change its address. Repeatable", "concordat participants put bank-a http://127.0.0.1:8001/concordat")
        {
            name, url, onePhase, inquires, output,
        };
        put.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var request = new ParticipantRequest
            {
                Url = parsed.GetRequiredValue(url), OnePhase = parsed.GetValue(onePhase), Inquires = parsed.GetValue(inquires),
            };
            Show(terminal, parsed.GetValue(output), await client.PutParticipantAsync(parsed.GetRequiredValue(name), request, cancellationToken));
            return ExitCode.Ok;
        });
        return put;
    }

    private static CommandWithExamples Remove(Terminal terminal, ConnectionOptions connection)
    {
        var name = NameArgument();
        var remove = new CommandWithExamples(
            "remove", "Forget a participant. Refused (exit code 4) while it has unfinished branches", "concordat participants remove bank-a")
        {
            name,
        };
        remove.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            await client.RemoveParticipantAsync(parsed.GetRequiredValue(name), cancellationToken);
            await terminal.Error.WriteLineAsync($"concordat: participant '{parsed.GetRequiredValue(name)}' is removed");
            return ExitCode.Ok;
        });
        return remove;
    }

    private static void Show(Terminal terminal, OutputFormat format, ParticipantDocument participant)
    {
        if (format == OutputFormat.Json)
        {
            terminal.WriteJson(participant, ContractJson.Default.ParticipantDocument);
        }
        else
        {
            Write(terminal, [participant]);
        }
    }

    private static void Write(Terminal terminal, IReadOnlyList<ParticipantDocument> participants)
    {
        var table = Tables.Create("NAME", "STATE", "UNFINISHED", "ONE PHASE", "INQUIRES", "URL");
        foreach (var p in participants)
        {
            table.AddRow(p.Name, p.State, p.Unfinished?.ToString(CultureInfo.InvariantCulture), p.OnePhase ? "yes" : "no", p.Inquires ? "yes" : "no", p.Url);
        }

        terminal.Write(table);
    }
}
