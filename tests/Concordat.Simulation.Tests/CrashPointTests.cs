using System.Globalization;
using System.Text;

namespace Concordat.Simulation.Tests;

public sealed class CrashPointTests
{
    private const int LeastNames = 60;
    private const string Begin = "<!-- generated: the table of crash points -->";
    private const string End = "<!-- end of the generated part -->";

    /// <summary>Exhaustive, and so a table for the documentation falls out of it.</summary>
    [Fact]
    public void Every_single_crash_of_every_scenario_is_survived_and_the_table_of_points_is_the_documented_one()
    {
        var coverage = new Coverage();
        foreach (var scenario in CrashScenario.All)
        {
            var every = new EveryCrash(scenario, crashes: 1);
            every.Run(Environment.ProcessorCount);
            Assert.True(every.Failures.Count == 0, string.Join("\n", every.Failures.Take(5)));
            coverage.Add(every.Coverage);
        }

        var killed = coverage.Points.Where(p => p.Killed > 0).ToList();
        Assert.InRange(killed.Count, LeastNames, CrashPoint.Codes);
        CompareWithDocument(killed.Select(p => p.Name));
    }

    public static TheoryData<string> Pairs =>
        [.. CrashScenario.All.Where(s => Settings.IsLong || (s.Participants == 2 && s.Inquires)).Select(s => s.ToString())];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_pair_of_crashes_is_survived(string scenario)
    {
        var every = new EveryCrash(CrashScenario.All.Single(s => s.ToString() == scenario), crashes: 2);
        every.Run(Environment.ProcessorCount);
        Assert.True(every.Failures.Count == 0, string.Join("\n", every.Failures.Take(5)));
        Assert.True(every.Runs > 10_000, $"only {every.Runs} runs");
        Say(every);
    }

    [Fact]
    public void Every_triple_of_crashes_of_two_participants_is_survived()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CONCORDAT_TRIPLES") is not null, "millions of runs: set CONCORDAT_TRIPLES=1");
        var every = new EveryCrash(CrashScenario.All[0], crashes: 3);
        every.Run(Environment.ProcessorCount);
        Assert.True(every.Failures.Count == 0, string.Join("\n", every.Failures.Take(5)));
        Say(every);
    }

    [Fact]
    public void Every_crash_point_has_a_name_of_its_own()
    {
        var coverage = new Coverage();
        for (var seed = 1ul; seed <= 200; seed++)
        {
            Simulator.Run(seed, new SimulationOptions(), coverage);
        }

        var names = coverage.Points.Select(p => p.Name).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
    }

    private static void Say(EveryCrash every) =>
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{every.Scenario}: {every.Runs} runs"));

    private static void CompareWithDocument(IEnumerable<string> names)
    {
        var table = new StringBuilder("| where | crash point |\n|---|---|\n");
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            var colon = name.IndexOf(": ", StringComparison.Ordinal);
            table.Append(CultureInfo.InvariantCulture, $"| {name[..colon]} | {name[(colon + 2)..]} |\n");
        }

        var file = Path.Combine(Repository(), "docs", "crash-points.md");
        var text = File.ReadAllText(file);
        var from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length + 1;
        var to = text.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("CONCORDAT_REWRITE") is not null)
        {
            File.WriteAllText(file, text[..from] + table + text[to..]);
            return;
        }

        Assert.True(text[from..to] == table.ToString(), "docs/crash-points.md shows other points; CONCORDAT_REWRITE=1 writes it anew");
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Concordat.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests do not run within the repository");
        }

        return directory;
    }
}
