using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Concordat.Matrix.Tests.Worlds;

namespace Concordat.Matrix.Tests;

/// <summary>
/// Everybody who could know a transaction dies between its prepares and its decision: the application, the coordinator, and a database server, which has it
/// from its disk alone. What is left are names in two databases.
/// </summary>
public sealed class OrphanTests
{
    private const string BeginCall = "POST /v1/transactions HTTP/1.1";
    private const string CommitCall = "/commit HTTP/1.1";
    private const int Attempts = 10;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A scope's begin is not forced. It is written a tenth of a second later all the same, and a kill would not undo that: so the coordinator is stopped as soon
    /// as it has answered. Where that came too late, once more.
    /// </summary>
    [Fact]
    public async Task A_scope_whose_begin_died_with_the_coordinator_leaves_orphans_and_they_are_rolled_back()
    {
        await using var world = await MatrixWorld.StartAsync(Stack.NpgsqlScope);
        await CommitsAsync(world);
        for (var attempt = 1; ; attempt++)
        {
            var begun = world.ToCoordinator.HoldAnswer(BeginCall);
            var commit = world.ToCoordinator.HoldRequest(CommitCall);
            var run = world.Begin(Deadline);
            await Until.EndsAsync(begun.Name, begun.Reached);
            world.Coordinator.Process.Signal(Child.SigStop);
            begun.Release();
            await Until.EndsAsync($"the way to {commit.Name}", commit.Reached);
            var state = await KillAllAsync(world, run);
            await AreRolledBackAsync(world, state == "unknown" ? "orphan" : "aborted");
            if (state == "unknown")
            {
                return;
            }

            Assert.Equal("aborted", state);
            Assert.True(attempt < Attempts, "the coordinator was always stopped too late, and its begin was written");
        }
    }

    /// <summary>A begin with a key is forced.</summary>
    [Fact]
    public async Task A_transaction_whose_begin_was_durable_leaves_what_is_known_to_have_aborted()
    {
        await using var world = await MatrixWorld.StartAsync(Stack.Mixed);
        var commit = world.ToCoordinator.HoldRequest(CommitCall);
        var run = world.Begin(Deadline);
        await Until.EndsAsync($"the way to {commit.Name}", commit.Reached);
        Assert.Equal("aborted", await KillAllAsync(world, run));
        await AreRolledBackAsync(world, "aborted");
    }

    /// <returns>What the coordinator knows of it after its restart.</returns>
    private static async Task<string> KillAllAsync(MatrixWorld world, Run run)
    {
        var transaction = await run.Transaction;
        Assert.Equal((1, 1), await world.PreparedAsync());
        Victim[] all = [Victim.Coordinator, Victim.Client, Victim.FirstDatabase];
        foreach (var victim in all)
        {
            await world.KillAsync(victim);
        }

        world.Release();
        foreach (var victim in all)
        {
            await world.StartAgainAsync(victim);
        }

        Assert.Equal((1, 1), await world.PreparedAsync());
        return await world.View.StateAsync(transaction);
    }

    private static async Task AreRolledBackAsync(MatrixWorld world, string classified)
    {
        var before = await world.ValuesAsync();
        foreach (var branch in (Branch[])[world.First, world.Second])
        {
            Assert.Equal([classified], await ClassesAsync(world, branch));
        }

        await using (await world.StartAgentAsync())
        {
            await Until.TrueAsync("all is rolled back", async () => await world.PreparedAsync() == (0, 0));
        }

        Assert.Equal(before, await world.ValuesAsync());
        await CommitsAsync(world);
        Assert.Equal((before.First + 1, before.Second + 1), await world.ValuesAsync());
    }

    private static async Task CommitsAsync(MatrixWorld world) =>
        Assert.Equal("committed", await Until.EndsAsync("a transaction", world.Begin(Deadline).Told));

    /// <summary>What the coordinator says of all that a database has prepared, as somebody hears it who only asks.</summary>
    private static async Task<string[]> ClassesAsync(MatrixWorld world, Branch branch)
    {
        using var http = new HttpClient { BaseAddress = world.Coordinator.Address };
        var resource = await http.GetFromJsonAsync<JsonNode>($"v1/resources/{branch.Name}");
        var sweep = await PostAsync($"v1/resources/{branch.Name}/sweeps", new JsonObject { ["identity"] = (string)resource!["identity"]! });
        var prepared = await branch.PreparedAsync();
        var classes = await PostAsync($"v1/resources/{branch.Name}/sweeps/{sweep["ticket"]}", new JsonObject { ["prepared"] = new JsonArray([.. prepared.Select(p => JsonValue.Create(p))]) });
        return [.. classes["prepared"]!.AsArray().Select(c => (string)c!)];

        async Task<JsonNode> PostAsync(string path, JsonObject body)
        {
            using var answer = await http.PostAsJsonAsync(path, body);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonNode.Parse(text)!;
        }
    }
}
