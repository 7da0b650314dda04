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

        // The kill comes as the decision is about to be written: the mark that an idle log writes is behind us.
        await Until.TrueAsync("the log is idle", async () => await InspectAsync(world) is var log && log.LastIndexOf("idle mark", StringComparison.Ordinal) > log.IndexOf("Begun", StringComparison.Ordinal));
        await using (await Strace.AttachAsync(world.Coordinator, world.Folder, $"{Writes}:signal=KILL:when=1"))
        {
            gate.Open();
            await Until.EndsAsync("the coordinator", world.Coordinator.Process.Exited);
        }

        await WasNotAnsweredAsync(client);
        Assert.All(participants, p => Assert.Equal(0, p.Count(Verb.Commit)));
        await Until.TrueAsync("all have voted", () => participants.All(p => p.HasPrepared(p.Transaction)));
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
        await using (await Strace.AttachAsync(world.Coordinator, world.Folder, "fdatasync:signal=KILL:when=1"))
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
    public async Task I6_as_long_as_the_decision_is_not_durable_nobody_hears_of_it_and_nothing_aborts_it()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("quick", "slow");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;
        var client = world.Api.RunAsync(Transfer.Of(6, "quick", "slow"));
        await participants[0].IsAskedAsync(Verb.Prepare);
        await participants[1].IsAskedAsync(Verb.Prepare);
        var id = participants[0].Transaction;

        var deadline = (await world.Api.GetAsync(id)).Deadline;

        // The sync hangs until strace goes, and with it whatever the server might want to say.
        Task<Answer> rollback;
        await using (await Strace.AttachAsync(world.Coordinator, world.Folder, "fdatasync:delay_enter=600000000:when=1"))
        {
            gate.Open();
            await Until.TrueAsync("the decision is in the log", async () => (await InspectAsync(world)).Contains("Decided", StringComparison.Ordinal));
            rollback = world.Api.PostAsync(id, "rollback");
            var inquiry = world.Api.GetAsync($"{id}/outcome?branch=1");
            var question = world.Api.GetAsync(id);
            await Until.TrueAsync("its deadline is over", () => DateTimeOffset.UtcNow > deadline.AddSeconds(0.5));

            Assert.False(client.IsCompleted, "the client has heard of a decision that is not durable");
            Assert.False(rollback.IsCompleted, "the rollback was answered before the decision was durable");
            Assert.True(!inquiry.IsCompleted || (await inquiry).Outcome == "pending", "an inquiry was told what is not durable");
            Assert.True(!question.IsCompleted || (await question).Outcome is null, "a question was told what is not durable");
            Assert.All(participants, p => Assert.Equal((0, 0), (p.Count(Verb.Commit), p.Count(Verb.Rollback))));
        }

        (await Until.EndsAsync("the request", client)).IsOutcome("committed");
        Assert.Equal("/problems/already-committed", (await Until.EndsAsync("the rollback", rollback)).Problem);
        await EndsEverywhereAsync(world, participants, "committed");
    }

    [Theory]
    [InlineData("committed")]
    [InlineData("aborted")]
    public async Task Killed_during_a_one_phase_call_it_asks_the_same_again_and_the_participant_decides(string outcome)
    {
        var world = await StartWorldAsync();
        var only = (await world.ScriptAsync(onePhase: true, "only"))[0];
        var gate = new Gate();
        only.OnCommit = async (call, honest) =>
        {
            var reply = outcome == "committed" ? honest() : new Reply(200, """{"vote":"no"}""");
            return await gate.HoldAsync(call, () => reply);
        };
        var client = AskAsync(world, "only");
        await only.IsAskedAsync(Verb.Commit);

        await world.Coordinator.KillAsync();
        await WasNotAnsweredAsync(client);
        gate.Open();
        await world.Coordinator.StartAsync();

        await world.Api.EndsAsync(only.Transaction, outcome);
        Assert.Equal(outcome == "committed" ? 1 : 0, only.Committed);
        Assert.All(only.Calls, c => Assert.True(c is { Verb: Verb.Commit, OnePhase: true }, $"it was asked {c}"));
        await world.AuditAsync();
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

    private static async Task<string> InspectAsync(World world)
    {
        var (exitCode, output) = await world.RunAsync(Programs.Concordat("log", "inspect", "--data", world.DataDirectory));
        Assert.True(exitCode == 0, $"log inspect ended with {exitCode}:\n{output}");
        return output;
    }

    private static Task<Answer> AskAsync(World world, params string[] participants) =>
        world.Api.RunAsync(Transfer.Of(60, participants.Length == 0 ? ["quick", "slow"] : participants));

    /// <summary>A killed coordinator has said nothing: not known is all that a client can say.</summary>
    private static async Task WasNotAnsweredAsync(Task<Answer> client) =>
        await Assert.ThrowsAsync<HttpRequestException>(() => Until.EndsAsync("the request", client));

    private static async Task EndsEverywhereAsync(World world, ScriptedParticipant[] participants, string outcome)
    {
        var id = participants[0].Transaction;
        await world.Api.EndsAsync(id, outcome);
        Assert.All(participants, p => Assert.Equal(id, p.Transaction));
        Assert.All(participants, p => Assert.True(outcome == "committed" ? p.HasCommitted(id) : p.HasRolledBack(id), $"{p.Name} has not {outcome}"));
        await world.AuditAsync();
    }
}
