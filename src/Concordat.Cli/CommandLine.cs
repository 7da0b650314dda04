using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Concordat.Cli.Checking;
using Concordat.Cli.Locks;
using Concordat.Cli.Logs;
using Concordat.Cli.Output;
using Concordat.Cli.Participants;
using Concordat.Cli.Resources;
using Concordat.Cli.Sagas;
using Concordat.Cli.Serving;
using Concordat.Cli.Simulating;
using Concordat.Cli.Transactions;

namespace Concordat.Cli;

/// <summary>The command tree, and what every command has in common: help with examples, usage errors, exit codes.</summary>
internal static class CommandLine
{
    internal static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var root = Create(terminal);
        var parsed = root.Parse(args);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,

            // serve ends by its own rules; everything else may die where it is.
            ProcessTerminationTimeout = null,
        };
        if (parsed.Action is null or ParseErrorAction)
        {
            return await ExplainUsageAsync(root, parsed, terminal);
        }

        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (CommandFailedException e)
        {
            await terminal.Error.WriteLineAsync($"concordat: {e.Message}");
            return (int)e.ExitCode;
        }
        catch (IOException e) when (IsBrokenPipe(e))
        {
            // The reader of our output (head, for one) has seen enough.
            return (int)ExitCode.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await terminal.Error.WriteLineAsync($"concordat: {e.Message}");
            return (int)ExitCode.Error;
        }
    }

    internal static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Concordat: a change to several services and databases happens everywhere or nowhere.")
        {
            ServeCommand.Create(terminal),
            TransactionCommands.Create(terminal),
            SagaCommands.Create(terminal),
            ParticipantCommands.Create(terminal), LockCommands.Create(terminal),
            ResourceCommands.Create(terminal),
            LogCommands.Create(terminal),
            CheckCommand.Create(terminal),
            SimulateCommand.Create(terminal),
        };
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                option.Action = new HelpWithExamples(help);
            }
        }

        return root;
    }

    private static async Task<int> ExplainUsageAsync(RootCommand root, ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        var path = string.Join(' ', CommandsOf(parsed).Skip(1).Select(c => c.Name));
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            // A group alone: what is in it.
            await root.Parse(path.Length == 0 ? "--help" : path + " --help")
                .InvokeAsync(new InvocationConfiguration { Output = terminal.Error, Error = terminal.Error });
            return (int)ExitCode.Usage;
        }

        foreach (var error in parsed.Errors)
        {
            await terminal.Error.WriteLineAsync($"concordat: {error.Message}");
        }

        await terminal.Error.WriteLineAsync($"See: concordat {path}{(path.Length == 0 ? "" : " ")}--help");
        return (int)ExitCode.Usage;
    }

    private static Stack<Command> CommandsOf(ParseResult parsed)
    {
        var path = new Stack<Command>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            path.Push(result.Command);
        }

        return path;
    }

    private static bool IsBrokenPipe(IOException e) => e.HResult == 32 || e.Message.Contains("Broken pipe", StringComparison.Ordinal);
}
