using System.Text.Json;

namespace Concordat.Simulation;

/// <summary>Runs seeds. The same seed and the same options give the same run, on every machine.</summary>
public static class Simulator
{
    /// <summary>Runs one seed.</summary>
    public static SimulationResult Run(ulong seed, SimulationOptions options, Coverage coverage)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(coverage);
        return new SimulationRun(PlanDrawing.Draw(seed, options), coverage, KillSteps.None, told: false).Play();
    }

    /// <summary>Runs one seed and tells what happened.</summary>
    /// <param name="story">What was planned, and what happened, line by line.</param>
    public static SimulationResult Tell(ulong seed, SimulationOptions options, out string story)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Tell(PlanDrawing.Draw(seed, options), out story);
    }

    /// <summary>Runs a scenario that was saved.</summary>
    /// <exception cref="JsonException">The text is no scenario.</exception>
    public static SimulationResult Replay(string scenario, out string story) => Tell(PlanFile.Read(scenario), out story);

    /// <summary>Makes a seed that breaks an invariant as small as it goes.</summary>
    /// <param name="story">The small run in words.</param>
    /// <returns>The scenario, to be saved: what <see cref="Replay"/> takes.</returns>
    /// <exception cref="ArgumentException">Nothing breaks.</exception>
    public static string Shrink(ulong seed, SimulationOptions options, out string story)
    {
        ArgumentNullException.ThrowIfNull(options);
        var plan = PlanDrawing.Draw(seed, options);
        if (Tell(plan, out _).Violation is not { } violation)
        {
            throw new ArgumentException($"seed {seed} breaks nothing", nameof(seed));
        }

        var small = Shrinker.Shrink(plan, violation.Invariant);
        Tell(small, out story);
        return PlanFile.Write(small);
    }

    private static SimulationResult Tell(Plan plan, out string story)
    {
        var result = new SimulationRun(plan, new Coverage(), KillSteps.None, told: true).Play();
        story = Story.Of(plan, result);
        return result;
    }
}
