using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Simulation;

namespace Concordat.Cli.Simulating;

/// <summary><c>concordat simulate</c>: whoever doubts the coordinator can run the doubt.</summary>
internal static class SimulateCommand
{
    private const long DefaultSeeds = 10_000;

    internal static Command Create(Terminal terminal)
    {
        var options = new SimulateOptions();
        var simulate = new CommandWithExamples(
            "simulate",
            "Run the coordinator, participants and clients in a simulated world that breaks, from seeds. Exit code 1: an invariant broke",
            "concordat simulate --seeds 100000 --coverage",
            "concordat simulate --seed 42",
            "concordat simulate --participants 3 --transactions 50 --send-probability 0.7 --success-probability 0.9",
            "concordat simulate --scenario broken-4711.json");
        options.AddTo(simulate);
        simulate.SetAction((parsed, cancellation) =>
        {
            var code = options switch
            {
                _ when parsed.GetValue(options.Scenario) is { } file => Replay(terminal, file),
                _ when parsed.GetValue(options.Seed) is { } seed => Tell(terminal, seed, options, parsed),
                _ => RunMany(terminal, options, parsed, cancellation),
            };
            return Task.FromResult((int)code);
        });
        return simulate;
    }

    private static ExitCode RunMany(Terminal terminal, SimulateOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        var count = parsed.GetValue(options.Seeds) ?? DefaultSeeds;
        var from = parsed.GetValue(options.From);
        var fixedForAll = options.ToSimulation(parsed);
        var runs = new SeedRuns(fixedForAll)
        {
            MostFailures = parsed.GetValue(options.KeepGoing) ? int.MaxValue : 1,
            AlsoCheck = parsed.GetValue(options.Check) ? SimulatedLogs.Check : _ => null,
        };
        using (var progress = new SimulationProgress(terminal, runs, count))
        {
            runs.Run(from, count, parsed.GetValue(options.Threads), progress.Show, cancellation);
        }

        SimulationReport.Write(terminal, parsed.GetValue(options.Output), runs, from, parsed.GetValue(options.Coverage));
        if (runs.Failures.Count == 0)
        {
            return ExitCode.Ok;
        }

        if (!parsed.GetValue(options.NoShrink))
        {
            Shrink(terminal, runs.Failures[0].Seed, fixedForAll);
        }

        return ExitCode.Error;
    }

    /// <summary>The first failure in few words, and as a file that says it again.</summary>
    private static void Shrink(Terminal terminal, ulong seed, SimulationOptions options)
    {
        try
        {
            var scenario = Simulator.Shrink(seed, options, out var story);
            var file = $"broken-{seed}.json";
            File.WriteAllText(file, scenario);
            terminal.Error.WriteLine();
            terminal.Error.WriteLine(story);
            terminal.Error.WriteLine($"Saved as {file}; run it again with: concordat simulate --scenario {file}");
        }
        catch (ArgumentException)
        {
            terminal.Error.WriteLine($"seed {seed} breaks no invariant by itself, so there is nothing to shrink");
        }
    }

    private static ExitCode Tell(Terminal terminal, ulong seed, SimulateOptions options, ParseResult parsed)
    {
        var result = Simulator.Tell(seed, options.ToSimulation(parsed), out var story);
        terminal.Out.WriteLine(story);
        if (parsed.GetValue(options.Save) is { } directory)
        {
            SimulatedLogs.Save(result, directory);
            terminal.Error.WriteLine($"The logs are in {directory}: concordat check --data {directory}/coordinator …");
        }

        return result.Violation is null ? ExitCode.Ok : ExitCode.Error;
    }

    private static ExitCode Replay(Terminal terminal, string file)
    {
        if (!File.Exists(file))
        {
            throw new CommandFailedException(ExitCode.NotFound, $"there is no file '{file}'; name one that 'concordat simulate' saved");
        }

        try
        {
            var result = Simulator.Replay(File.ReadAllText(file), out var story);
            terminal.Out.WriteLine(story);
            return result.Violation is null ? ExitCode.Ok : ExitCode.Error;
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new CommandFailedException(ExitCode.Usage, $"'{file}' is no scenario: {e.Message}");
        }
    }
}
