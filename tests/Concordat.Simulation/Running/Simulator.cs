namespace Concordat.Simulation;

/// <summary>Runs seeds. The same seed and the same options give the same run, on every machine.</summary>
public static class Simulator
{
    /// <param name="told">Whether the result tells the story in words.</param>
    public static SimulationResult Run(ulong seed, SimulationOptions options, Coverage coverage, bool told = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(coverage);
        return new SimulationRun(PlanDrawing.Draw(seed, options), coverage, KillSteps.None, told).Play();
    }
}
