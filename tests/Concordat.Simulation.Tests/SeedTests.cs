namespace Concordat.Simulation.Tests;

public sealed class SeedTests
{
    [Fact]
    public void Every_invariant_holds_in_new_seeds_and_they_reach_what_they_must()
    {
        var runs = new SeedRuns(new SimulationOptions());
        runs.Run(Settings.FirstSeed, Settings.Seeds, Environment.ProcessorCount, () => { });

        Assert.True(
            runs.Failures.Count == 0,
            $"{string.Join("\n", runs.Failures.Select(f => $"seed {f.Seed}: {f.Broken}"))}\nrepeat one: concordat simulate --seed SEED");
        Assert.Equal(Settings.Seeds, runs.Seeds);

        // Worlds in which little happens would prove little.
        Assert.InRange((double)runs.Transactions / runs.Seeds, 20, 100);
        Assert.InRange((double)runs.Participants / runs.Seeds, 3, 10);
        Assert.InRange((double)runs.Faults / runs.Seeds, 5, 100);
        Assert.All(runs.Coverage.Happenings, h => Assert.True(h.Count > 0, $"{h.Name} never happened"));
        foreach (var row in (string[])["Abort", "AskAgain", "FinishCommit", "FinishAbort", "History"])
        {
            Assert.True(runs.Coverage.RecoveryRows.GetValueOrDefault(row) > 0, $"no start met the recovery row {row}");
        }

        var records = runs.Coverage.Records;
        foreach (var type in Enum.GetNames<Core.Records.RecordType>().Where(name => name != nameof(Core.Records.RecordType.ParticipantRemoved)))
        {
            Assert.True(records.GetValueOrDefault(type) > 0, $"no coordinator wrote {type}");
        }
    }

    [Fact]
    public void The_same_seed_leaves_the_same_trace_and_another_seed_another()
    {
        var hashes = new HashSet<ulong>();
        for (var seed = 1ul; seed <= 100; seed++)
        {
            var first = Simulator.Run(seed, new SimulationOptions(), new Coverage());
            var second = Simulator.Tell(seed, new SimulationOptions(), out _);
            Assert.True(first.Hash == second.Hash, $"seed {seed} went another way the second time");
            Assert.Equal((first.Events, first.CrashPoints), (second.Events, second.CrashPoints));
            Assert.True(hashes.Add(first.Hash), $"seed {seed} went the way of another");
        }
    }

    [Fact]
    public void A_world_without_faults_commits_everything_that_can_commit_AC4()
    {
        var runs = new SeedRuns(new SimulationOptions { Faults = 0, SendProbability = 1, SuccessProbability = 1 });
        runs.Run(1, 300, Environment.ProcessorCount, () => { });
        Assert.Empty(runs.Failures);
        Assert.True(runs.Coverage.Records["participant's Committed"] > 300, "hardly anything committed");
    }

    [Fact]
    public void The_options_of_the_teaching_lab_are_kept()
    {
        var result = Simulator.Run(7, new SimulationOptions { Participants = 4, Clients = 2, Transactions = 17, Faults = 3, SendProbability = 0.7, SuccessProbability = 0.5 }, new Coverage());
        Assert.Null(result.Violation);
        Assert.Equal((4, 17, 3), (result.Participants, result.Transactions, result.Faults));
    }
}
