using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>The coordinator is killed at every step of a transaction, and started again on what it left.</summary>
public sealed class CoordinatorKillTests : EndToEndTest
{
    private const string Writes = "pwrite64,pwritev,pwritev2";

    [Fact]
    public async Task Killed_before_the_votes_are_in_it_aborts()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("quick", "slow");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;
        var client = AskAsync(world);
        await participants[0].IsAskedAsync(Verb.Prepare);
        await participants[1].IsAskedAsync(Verb.Prepare);

        await world.Coordinator.KillAsync();
        await WasNotAnsweredAsync(client);
        gate.Open();
        await world.Coordinator.StartAsync();

        await EndsEverywhereAsync(world, participants, "aborted");
    }

    [Fact]
    public async Task Killed_between_the_last_vote_and_the_decision_it_aborts()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("quick", "slow");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;
        var client = AskAsync(world);
        await participants[0].IsAskedAsync(Verb.Prepare);
        await participants[1].IsAskedAsync(Verb.Prepare);

        // The kill comes as the decision is about to be written.
        await using (await Strace.AttachAsync(world, $"{Writes}:signal=KILL:when=1"))
        {
            gate.Open();
            await Until.EndsAsync("the coordinator", world.Coordinator.Process.Exited);
        }

        await WasNotAnsweredAsync(client);
        Assert.All(participants, p => Assert.Equal(0, p.Count(Verb.Commit)));
        await world.Coordinator.StartAsync();

        await EndsEverywhereAsync(world, participants, "aborted");
    }

    [Fact]
    public async Task I6_killed_while_the_decision_is_being_made_durable_it_has_told_nobody_and_commits_what_the_disk_kept()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("quick", "slow");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;
        var client = AskAsync(world);
        await participants[0].IsAskedAsync(Verb.Prepare);
        await participants[1].IsAskedAsync(Verb.Prepare);

        // The decision is written and not forced; the page cache survives the process.
        await using (await Strace.AttachAsync(world, "fdatasync:signal=KILL:when=1"))
        {
            gate.Open();
            await Until.EndsAsync("the coordinator", world.Coordinator.Process.Exited);
        }

        await WasNotAnsweredAsync(client);
        Assert.All(participants, p => Assert.Equal(0, p.Count(Verb.Commit)));
        await world.Coordinator.StartAsync();

        await EndsEverywhereAsync(world, participants, "committed");
    }

    [Fact]
    public async Task Killed_after_the_decision_and_before_a_commit_arrived_it_commits()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("a", "b");
        var gate = new Gate();
        foreach (var participant in participants)
        {
            participant.OnCommit = gate.RefuseAsync;
        }

        var answer = await world.Api.RunAsync(Transfer.Of("a", "b"));
        answer.IsOutcome("committed");
        Assert.All(participants, p => Assert.False(p.HasCommitted(answer.Id), $"{p.Name} has committed too early for this test"));
        await world.Coordinator.KillAsync();
        gate.Open();
        await world.Coordinator.StartAsync();

        await EndsEverywhereAsync(world, participants, "committed");
    }

    [Fact]
    public async Task Killed_between_two_commit_messages_it_tells_the_second_too()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("first", "second");
        var gate = new Gate();
        participants[1].OnCommit = gate.RefuseAsync;

        var answer = await world.Api.RunAsync(Transfer.Of("first", "second"));
        answer.IsOutcome("committed");
        await Until.TrueAsync("the first has committed", () => participants[0].HasCommitted(answer.Id));
        await participants[1].IsAskedAsync(Verb.Commit);
        await world.Coordinator.KillAsync();
        Assert.False(participants[1].HasCommitted(answer.Id), "the second has not committed");
        gate.Open();
        await world.Coordinator.StartAsync();

        await EndsEverywhereAsync(world, participants, "committed");
    }

    [Fact]
    public async Task Killed_while_it_rolls_back_it_rolls_back_the_rest()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("first", "second", "refusing");
        var gate = new Gate();
        participants[1].OnRollback = gate.RefuseAsync;

        // Only when the others hold something is there something to undo.
        participants[2].OnPrepare = async (_, _) =>
        {
            await participants[0].IsAskedAsync(Verb.Prepare);
            await participants[1].IsAskedAsync(Verb.Prepare);
            return new Reply(409);
        };
        var answer = await world.Api.RunAsync(Transfer.Of("first", "second", "refusing"));
        answer.IsOutcome("aborted");
        await participants[1].IsAskedAsync(Verb.Rollback);
        await world.Coordinator.KillAsync();
        gate.Open();
        await world.Coordinator.StartAsync();

        await world.Api.EndsAsync(answer.Id, "aborted");
        Assert.All(participants[..2], p => Assert.True(p.HasRolledBack(answer.Id), $"{p.Name} has not rolled back"));
        Assert.All(participants, p => Assert.Equal(0, p.Committed));
        await world.AuditAsync();
    }

    [Fact]
    public async Task Participants_in_doubt_learn_from_the_restarted_coordinator_that_it_aborted()
    {
        var world = await StartWorldAsync();
        var bank = await world.ParticipantAsync("bank");
        var slow = (await world.ScriptAsync("slow"))[0];
        slow.OnPrepare = (_, _) => Task.FromResult(Reply.Silence);
        var client = AskAsync(world, "bank", "slow");
        await Until.TrueAsync("bank is in doubt", async () => await bank.InDoubtAsync() == 1);

        await world.Coordinator.KillAsync();
        await WasNotAnsweredAsync(client);
        await bank.KillAndRestartWithoutCoordinatorAsync();
        Assert.Equal(1, await bank.InDoubtAsync());
        await world.Coordinator.StartAsync();

        await Until.TrueAsync("bank is in doubt no more", async () => await bank.InDoubtAsync() == 0);
        Assert.Empty(await bank.AppliedAsync());
        Assert.Empty(await bank.HeldAsync());
        await world.AuditAsync();
    }

    private static Task<Answer> AskAsync(World world, params string[] participants) =>
        world.Api.RunAsync(Transfer.Of(60, participants.Length == 0 ? ["quick", "slow"] : participants));

    /// <summary>A killed coordinator has said nothing: not known is all that a client can say.</summary>
    private static Task WasNotAnsweredAsync(Task<Answer> client) => Assert.ThrowsAsync<HttpRequestException>(() => Until.EndsAsync("the request", client));

    private static async Task EndsEverywhereAsync(World world, ScriptedParticipant[] participants, string outcome)
    {
        var id = participants[0].Transaction;
        await world.Api.EndsAsync(id, outcome);
        Assert.All(participants, p => Assert.Equal(id, p.Transaction));
        Assert.All(participants, p => Assert.True(outcome == "committed" ? p.HasCommitted(id) : p.HasRolledBack(id), $"{p.Name} has not {outcome}"));
        await world.AuditAsync();
    }
}
