using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Cli.Remote;
using Concordat.Cli.Transactions;
using Concordat.Client;

namespace Concordat.Cli.Sagas;

/// <summary><c>concordat saga …</c></summary>
internal static class SagaCommands
{
    /// <summary>One wait of the server's; longer ones are several.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    internal static Command Create(Terminal terminal)
    {
        var connection = new ConnectionOptions();
        var saga = new Command("saga", "Look at sagas of a running coordinator, and act on them")
        {
            SagaListCommand.Create(terminal, connection),
            Get(terminal, connection),
            Wait(terminal, connection),
            Act(terminal, connection, "cancel", "Compensate from here on", static (client, id, cancellationToken) => client.CancelAsync(id, cancellationToken)),
            Act(terminal, connection, "resume", "Go on with a saga of a restored copy of the log", static (client, id, cancellationToken) => client.ResumeAsync(id, cancellationToken)),
            Retry(terminal, connection),
            Resolve(terminal, connection),
        };
        connection.AddTo(saga);
        return saga;
    }

    private static void Show(Terminal terminal, OutputFormat format, SagaDocument saga)
    {
        if (format == OutputFormat.Json)
        {
            terminal.WriteJson(saga, ContractJson.Default.SagaDocument);
        }
        else
        {
            SagaTables.Write(terminal, saga);
        }
    }

    private static Argument<TransactionId> Id() => TransactionCommands.Id("The saga's id");

    private static Argument<string> Step() => new("step") { Description = "The step's name" };

    private static CommandWithExamples Get(Terminal terminal, ConnectionOptions connection)
    {
        var id = Id();
        var output = OutputOption.Create();
        var get = new CommandWithExamples("get", "Show one saga, its steps and its history", "concordat saga get ID", "concordat saga get ID -o json | jq -r .state") { id, output };
        get.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            Show(terminal, parsed.GetValue(output), await client.Sagas.GetAsync(parsed.GetRequiredValue(id), cancellationToken));
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
            "Wait until a saga has ended. Exit code 0: completed, 4: compensated, 5: not over in time",
            "concordat saga wait ID --timeout 30 && echo completed")
        {
            id, timeout, output,
        };
        wait.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var saga = await WaitAsync(client, parsed.GetRequiredValue(id), TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancellationToken);
            Show(terminal, parsed.GetValue(output), saga);
            switch (saga.Outcome)
            {
                case SagaOutcome.Completed:
                    return ExitCode.Ok;
                case SagaOutcome.Compensated:
                    return ExitCode.AbortedOrConflict;
                default:
                    await terminal.Error.WriteLineAsync($"concordat: saga {saga.Id} is {Wire.Name(saga.State)} after {parsed.GetValue(timeout)} s; wait again, or look at its steps");
                    return ExitCode.Timeout;
            }
        });
        return wait;
    }

    private static async Task<SagaDocument> WaitAsync(IConcordatClient client, TransactionId id, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = atMost - TimeProvider.System.GetElapsedTime(begin);
            var next = left < LongestWait ? left : LongestWait;
            var saga = await client.Sagas.WaitAsync(id, next > TimeSpan.Zero ? next : TimeSpan.Zero, cancellationToken);
            if (left <= LongestWait || saga.Outcome is not null)
            {
                return saga;
            }
        }
    }

    private static CommandWithExamples Act(
        Terminal terminal, ConnectionOptions connection, string name, string description, Func<ISagaClient, TransactionId, CancellationToken, Task<SagaDocument>> act)
    {
        var id = Id();
        var output = OutputOption.Create();
        var command = new CommandWithExamples(name, description, $"concordat saga {name} ID") { id, output };
        command.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            Show(terminal, parsed.GetValue(output), await act(client.Sagas, parsed.GetRequiredValue(id), cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static CommandWithExamples Retry(Terminal terminal, ConnectionOptions connection)
    {
        var id = Id();
        var step = Step();
        var output = OutputOption.Create();
        var retry = new CommandWithExamples("retry", "Try now what waits for its next attempt", "concordat saga retry ID flight") { id, step, output };
        retry.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            Show(terminal, parsed.GetValue(output), await client.Sagas.RetryStepAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(step), cancellationToken));
            return ExitCode.Ok;
        });
        return retry;
    }

    private static CommandWithExamples Resolve(Terminal terminal, ConnectionOptions connection)
    {
        var id = Id();
        var step = Step();
        var who = new Option<string>("--who") { Description = "Who undid it: recorded with the saga", HelpName = "NAME", Required = true };
        var why = new Option<string>("--why") { Description = "Why, and how it was undone: recorded with the saga", HelpName = "TEXT", Required = true };
        var output = OutputOption.Create();
        var resolve = new CommandWithExamples(
            "resolve",
            "Say that you have undone a step whose compensation keeps failing",
            "concordat saga resolve ID flight --who 'Ada' --why 'the airline cancelled booking F-7 by phone'")
        {
            id, step, who, why, output,
        };
        resolve.SetRemoteAction(terminal, connection, async (parsed, client, cancellationToken) =>
        {
            var resolution = new StepResolveRequest { Who = parsed.GetRequiredValue(who), Why = parsed.GetRequiredValue(why) };
            Show(terminal, parsed.GetValue(output), await client.Sagas.ResolveStepAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(step), resolution, cancellationToken));
            return ExitCode.Ok;
        });
        return resolve;
    }
}
