using System.Net;
using System.Text.Json.Nodes;
using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>The log does not grow for ever, and what has not ended outlives the files that it was written in.</summary>
public sealed class LogKeepingTests : EndToEndTest
{
    private const int LargeBytes = 3_000_000;

    [Fact]
    public async Task A_decision_whose_file_has_gone_is_still_carried_out_after_a_kill()
    {
        var settings = World.Settings();
        settings["Storage"] = new JsonObject { ["SegmentSizeBytes"] = 16 * 1024 * 1024, ["RetentionSeconds"] = 1 };
        var world = await StartWorldAsync(settings);
        var late = (await world.ScriptAsync("prompt", "late"))[1];
        await world.ScriptAsync(onePhase: true, "large");
        var gate = new Gate();
        late.OnCommit = gate.RefuseAsync;
        var unfinished = await world.Api.RunAsync(Transfer.Of("prompt", "late"));
        unfinished.IsOutcome("committed");
        var old = await world.Api.RunAsync(Transfer.Of("prompt"));
        old.IsOutcome("committed");
        var first = Directory.EnumerateFiles(world.DataDirectory, "*.seg").Order(StringComparer.Ordinal).First();

        await Until.TrueAsync("a checkpoint has let the first file go", async () =>
        {
            (await world.Api.RunAsync(Large())).IsOutcome("committed");
            return !File.Exists(first);
        });
        Assert.Equal((HttpStatusCode.Gone, "/problems/forgotten"), await ProblemAsync(world, old.Id));
        await world.Coordinator.KillAsync();
        gate.Open();
        await world.Coordinator.StartAsync();

        await world.Api.EndsAsync(unfinished.Id, "committed");
        Assert.True(late.HasCommitted(unfinished.Id), "it has committed");
        Assert.Equal((HttpStatusCode.Gone, "/problems/forgotten"), await ProblemAsync(world, old.Id));
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_log_of_small_files_lets_them_go_after_a_few()
    {
        var settings = World.SmallFiles();
        settings["Storage"]!["RetentionSeconds"] = 1;
        var world = await StartWorldAsync(settings);
        await world.ScriptAsync("a", "b");
        var first = Directory.EnumerateFiles(world.DataDirectory, "*.seg").Order(StringComparer.Ordinal).First();

        await Until.TrueAsync("a checkpoint has let the first file go", async () =>
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => world.Api.RunAsync(Transfer.Of("a", "b"))));
            Assert.All(answers, a => a.IsOutcome("committed"));
            return !File.Exists(first);
        });
        Assert.True(Directory.EnumerateFiles(world.DataDirectory, "*.seg").Count() < 20, "there are many small files");
        await world.Coordinator.RestartAsync();
        await world.AuditAsync();
    }

    private static async Task<(HttpStatusCode, string?)> ProblemAsync(World world, string id)
    {
        var answer = await world.Api.GetAsync(id);
        return (answer.Status, answer.Problem);
    }

    /// <summary>In one phase the operations are in the log, which grows quickly by them.</summary>
    private static JsonObject Large()
    {
        var transfer = Transfer.Of("large");
        transfer["branches"]![0]!["operations"]![0]!["data"]!["text"] = new string('x', LargeBytes);
        return transfer;
    }
}
