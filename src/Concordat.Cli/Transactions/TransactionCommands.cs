using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;
using Concordat.Client;

namespace Concordat.Cli.Transactions;

/// <summary><c>concordat tx …</c></summary>
internal static class TransactionCommands
{
    /// <summary>One wait of the server's; longer ones are several.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    internal static Command Create(Terminal terminal)
    {
        var connection = new ConnectionOptions();
        var tx = new Command("tx", "Look at transactions of a running coordinator, and act on them")
        {
            ListCommand.Create(terminal, connection),
            Get(terminal, connection),
            Wait(terminal, connection),
            Act(terminal, connection, "commit", "Commit an active transaction: every branch happens, or none",
                async (client, id, cancellationToken) => await client.Join(id).CommitAsync(cancellationToken)),
            Act(terminal, connection, "rollback", "Abort a transaction that is not decided", async (client, id, cancellationToken) =>
            {
                await client.Join(id).RollbackAsync(cancellationToken);
                return await client.GetAsync(id, cancellationToken);
            }),
            Resolve(terminal, connection),
        };
        connection.AddTo(tx);
        return tx;
    }

    internal static Argument<TransactionId> Id(string description = "The transaction's id") => new("id")
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TransactionId.TryParse(text, out var id))
            {
                return id;
            }

            result.AddError($"'{text}' is no id: ids are 36 characters, such as 5f0c2d1e-9a3b-8c4d-9e5f-000000000001");
            return default;
        },
    };

    internal static void Show(Terminal terminal, OutputFormat format, TransactionDocument transaction)
    {
        if (format == OutputFormat.Json)
        {
            terminal.WriteJson(transaction, ContractJson.Default.TransactionDocument);
        }
        else
        {
            TransactionTables.Write(terminal, transaction);
        }
    }

    private static CommandWithExamples Get(Terminal terminal, ConnectionOptions connection)
    {
        var id = Id();
        var output = OutputOption.Create();
        var get = new CommandWithExamples("get", "Show one transaction and its branches", "concordat tx get ID", "concordat tx get ID -o json | jq -r .state")
        {
            id, output,
        };
        get.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            Show(terminal, parsed.GetValue(output), await client.GetAsync(parsed.GetRequiredValue(id), cancellationToken));
            return ExitCode.Ok;
        });
        return get;
    }

    private static CommandWithExamples Wait(Terminal terminal, ConnectionOptions connection)
    {
        var id = Id();
        var timeout = new Option<double>("--timeout") { Description = "Seconds to wait at most", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        timeout.AcceptOnly(static seconds => seconds is >= 0 and <= 86_400, "--timeout must be from 0 to 86400 seconds");
        var output = OutputOption.Create();
        var wait = new CommandWithExamples(
            "wait",
            "Wait until a transaction is over everywhere. Exit code 0: committed, 4: aborted, 5: not over in time",
            "concordat tx wait ID --timeout 30 && echo committed")
        {
            id, timeout, output,
        };
        wait.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var transaction = await WaitAsync(client, parsed.GetRequiredValue(id), TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancellationToken);
            Show(terminal, parsed.GetValue(output), transaction);
            switch (transaction.State)
            {
                case TransactionState.Committed:
                    return ExitCode.Ok;
                case TransactionState.Aborted:
                    return ExitCode.AbortedOrConflict;
                default:
                    await terminal.Error.WriteLineAsync($"concordat: transaction {transaction.Id} is {Wire.Name(transaction.State)} after {parsed.GetValue(timeout)} s; wait again, or look at its branches");
                    return ExitCode.Timeout;
            }
        });
        return wait;
    }

    private static async Task<TransactionDocument> WaitAsync(IConcordatClient client, TransactionId id, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = atMost - TimeProvider.System.GetElapsedTime(begin);
            var next = left < LongestWait ? left : LongestWait;
            var transaction = await client.WaitAsync(id, next > TimeSpan.Zero ? next : TimeSpan.Zero, cancellationToken);
            if (left <= LongestWait || transaction.State is TransactionState.Committed or TransactionState.Aborted)
            {
                return transaction;
            }
        }
    }

    private static CommandWithExamples Act(
        Terminal terminal, ConnectionOptions connection, string name, string description,
        Func<IConcordatClient, TransactionId, CancellationToken, Task<TransactionDocument>> act)
    {
        var id = Id();
        var output = OutputOption.Create();
        var command = new CommandWithExamples(name, description, $"concordat tx {name} ID") { id, output };
        command.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            Show(terminal, parsed.GetValue(output), await act(client, parsed.GetRequiredValue(id), cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static CommandWithExamples Resolve(Terminal terminal, ConnectionOptions connection)
    {
        var id = Id();
        var branch = new Argument<string>("branch") { Description = "The branch's id" };
        var settlement = new Option<string>("--as") { Description = "What the branch really did", HelpName = "committed|rolled-back", Required = true };
        settlement.AcceptOnlyFromAmong(Wire.Names<Settlement>());
        var who = new Option<string>("--who") { Description = "Who settles it: recorded for ever", HelpName = "NAME", Required = true };
        var why = new Option<string>("--why") { Description = "Why, and how it is known: recorded for ever", HelpName = "TEXT", Required = true };
        var output = OutputOption.Create();
        var resolve = new CommandWithExamples(
            "resolve",
            "Settle by hand a branch in hazard, or one whose participant is gone for good; the outcome does not change",
            "concordat tx resolve ID 2 --as committed --who 'Ada' --why 'the bank confirmed booking 4711 by phone'")
        {
            id, branch, settlement, who, why, output,
        };
        resolve.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var request = new ResolveRequest
            {
                As = Wire.Parse<Settlement>(parsed.GetRequiredValue(settlement))
                    ?? throw new CommandFailedException(ExitCode.Usage, $"--as is '{parsed.GetValue(settlement)}'; it must be committed or rolled-back"),
                Who = parsed.GetRequiredValue(who),
                Why = parsed.GetRequiredValue(why),
            };
            var transaction = await client.ResolveAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(branch), request, cancellationToken);
            Show(terminal, parsed.GetValue(output), transaction);
            return ExitCode.Ok;
        });
        return resolve;
    }
}
