namespace Concordat.Simulation.Tests;

/// <summary>Every failure that a simulation ever found, as the small scenario that it was shrunk to.</summary>
public sealed class RegressionTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Regressions"), "*.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void What_was_found_stays_fixed(string file)
    {
        var scenario = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Regressions", file));
        var result = Simulator.Replay(scenario, out var story);
        Assert.True(result.Violation is null, story);
    }
}
