using System.Runtime.CompilerServices;

namespace Concordat.Core.Tests.Scenarios;

/// <summary>
/// Every text in this folder is a test: its commands must do what stands under them. <c>CONCORDAT_REWRITE=1</c> writes down what
/// they did instead; read the difference before it is committed.
/// </summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Files() => [.. Directory.EnumerateFiles(Folder(), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Does_what_the_scenario_says(string scenario)
    {
        var path = Path.Combine(Folder(), scenario + ".txt");
        var text = File.ReadAllText(path);
        Assert.StartsWith("# ", text, StringComparison.Ordinal);
        var runner = new ScenarioRunner();
        var actual = ScenarioFile.Replay(text, runner.Run);
        if (Environment.GetEnvironmentVariable("CONCORDAT_REWRITE") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(text, actual, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_scenario_runs_the_same_twice()
    {
        foreach (var path in Directory.EnumerateFiles(Folder(), "*.txt"))
        {
            var text = File.ReadAllText(path);
            Assert.Equal(ScenarioFile.Replay(text, new ScenarioRunner().Run), ScenarioFile.Replay(text, new ScenarioRunner().Run));
        }
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
