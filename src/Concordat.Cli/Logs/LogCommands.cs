using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Log;

namespace Concordat.Cli.Logs;

internal static class LogCommands
{
    internal static Command Create(Terminal terminal)
    {
        var data = new Option<string>("--data") { Description = "The data directory of a coordinator or of a participant", HelpName = "DIR", Required = true };
        var participant = new Option<bool>("--participant") { Description = "Read the records as a participant's, whatever they look like" };
        var output = OutputOption.Create();
        var inspect = new CommandWithExamples(
            "inspect",
            "Every record of a log, human readable; also of one that is damaged or in use. Writes nothing",
            "concordat log inspect --data ./data",
            "concordat log inspect --data ./bank-a -o json | jq '.[] | select(.transactionId == \"…\")'")
        {
            data, participant, output,
        };
        inspect.SetAction(parsed =>
        {
            using var storage = HeldLogStorage.Open(parsed.GetRequiredValue(data));
            var kind = parsed.GetValue(participant) ? LogKind.Participant : LogKinds.Detect(storage);
            return (int)Inspection.Run(storage, kind, parsed.GetValue(output), terminal);
        });
        return new Command("log", "Look into a write-ahead log") { inspect };
    }
}
