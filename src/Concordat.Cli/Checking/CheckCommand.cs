using System.CommandLine;
using Concordat.Cli.Logs;
using Concordat.Cli.Output;
using Concordat.Log;

namespace Concordat.Cli.Checking;

internal static class CheckCommand
{
    internal static Command Create(Terminal terminal)
    {
        var data = new Option<string>("--data") { Description = "The data directory of the coordinator", HelpName = "DIR", Required = true };
        var participants = new Option<string[]>("--participant", "-p")
        {
            Description = "The data directory of a participant; once for each",
            HelpName = "DIR",
            DefaultValueFactory = _ => [],
        };
        var output = OutputOption.Create();
        var check = new CommandWithExamples(
            "check",
            "Audit the logs of a coordinator and its participants against one another. Writes nothing. Exit code 1: violations",
            "concordat check --data ./data --participant ./bank-a --participant ./bank-b",
            "concordat check --data ./data -p ./bank-a -o json | jq '.violations[] | .kind'")
        {
            data, participants, output,
        };
        check.SetAction(parsed =>
        {
            var result = Run(parsed.GetRequiredValue(data), parsed.GetValue(participants)!);
            AuditReport.Write(terminal, parsed.GetValue(output), result);
            return (int)(result.Findings.Total == 0 ? ExitCode.Ok : ExitCode.Error);
        });
        return check;
    }

    private static AuditResult Run(string data, string[] participants)
    {
        var number = CoordinatorNumber(data);
        foreach (var directory in participants)
        {
            Require(directory, LogKind.Participant);
        }

        return LogAudit.Run(() => HeldLogStorage.Open(data), number, [.. participants.Select<string, Func<HeldLogStorage>>(p => () => HeldLogStorage.Open(p))]);
    }

    private static ulong CoordinatorNumber(string directory)
    {
        Require(directory, LogKind.Coordinator);
        using var storage = HeldLogStorage.Open(directory);
        return LogAudit.CoordinatorNumber(storage);
    }

    private static void Require(string directory, LogKind kind)
    {
        using var storage = HeldLogStorage.Open(directory);
        if (storage.IsEmpty)
        {
            throw new CommandFailedException(ExitCode.NotFound, $"there is no log in '{directory}'; name the data directory of a {Name(kind)}");
        }

        var found = LogKinds.Detect(storage);
        if (found != kind && found != LogKind.Unknown)
        {
            throw new CommandFailedException(ExitCode.Usage, $"'{directory}' holds the log of a {Name(found)}, not of a {Name(kind)}: --data takes the coordinator's, --participant a participant's");
        }
    }

    private static string Name(LogKind kind) => kind == LogKind.Coordinator ? "coordinator" : "participant";
}
