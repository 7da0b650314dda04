using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Simulation;

namespace Concordat.Cli.Simulating;

/// <summary>What can be fixed about a simulation; what is not, each seed draws for itself.</summary>
internal sealed class SimulateOptions
{
    internal Option<long?> Seeds { get; } = Number("--seeds", "How many seeds [default: 10000]", 1, long.MaxValue);

    internal Option<ulong> From { get; } = new("--from") { Description = "The first seed [default: 1]", HelpName = "SEED", DefaultValueFactory = _ => 1 };

    internal Option<ulong?> Seed { get; } = new("--seed") { Description = "Run this one seed and tell what happens", HelpName = "SEED" };

    internal Option<string?> Scenario { get; } = new("--scenario") { Description = "Run a scenario that was saved", HelpName = "FILE" };

    internal Option<long?> Participants { get; } = Number("--participants", "How many participants", 1, 16);

    internal Option<long?> Clients { get; } = Number("--clients", "How many clients", 1, 64);

    internal Option<long?> Transactions { get; } = Number("--transactions", "How many transactions are begun", 1, 1000, "--requests");

    internal Option<long?> Faults { get; } = Number("--faults", "How many faults are planned, the network's own accidents aside", 0, 1000);

    internal Option<double?> Sends { get; } = Probability("--send-probability", "The probability that a message arrives");

    internal Option<double?> Successes { get; } = Probability("--success-probability", "The probability that an operation succeeds at its participant");

    internal Option<int> Threads { get; } = new("--threads") { Description = "Seeds at a time [default: one a core]", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };

    internal Option<bool> Check { get; } = new("--check") { Description = "Audit the logs of each run as 'concordat check' does" };

    internal Option<bool> KeepGoing { get; } = new("--keep-going") { Description = "Do not stop at the first seed that breaks something" };

    internal Option<bool> NoShrink { get; } = new("--no-shrink") { Description = "Do not make the first failure small" };

    internal Option<string?> Save { get; } = new("--save") { Description = "With --seed: write the logs of the run there", HelpName = "DIR" };

    internal Option<bool> Coverage { get; } = new("--coverage") { Description = "Show which crash points, records and recovery rows were reached" };

    internal Option<OutputFormat> Output { get; } = OutputOption.Create();

    internal void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[Seeds, From, Seed, Scenario, Participants, Clients, Transactions, Faults, Sends, Successes, Threads, Check, KeepGoing, NoShrink, Save, Coverage, Output])
        {
            command.Options.Add(option);
        }

        Threads.AcceptOnly(value => value is >= 1 and <= 1024, "--threads must be from 1 to 1024");
    }

    internal SimulationOptions ToSimulation(ParseResult parsed) => new()
    {
        Participants = (int?)parsed.GetValue(Participants),
        Clients = (int?)parsed.GetValue(Clients),
        Transactions = (int?)parsed.GetValue(Transactions),
        Faults = (int?)parsed.GetValue(Faults),
        SendProbability = parsed.GetValue(Sends),
        SuccessProbability = parsed.GetValue(Successes),
    };

    private static Option<long?> Number(string name, string description, long least, long most, params string[] aliases)
    {
        var option = new Option<long?>(name, aliases) { Description = description, HelpName = "N" };
        option.AcceptOnly(value => value is null || (value >= least && value <= most), $"{name} must be from {least} to {most}");
        return option;
    }

    private static Option<double?> Probability(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "0..1" };
        option.AcceptOnly(value => value is null or (>= 0 and <= 1), $"{name} must be from 0 to 1");
        return option;
    }
}
