using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>A participant of the SDK is killed, or loses its answer, at every step of its branch, and is started again on its log.</summary>
public sealed class ParticipantKillTests : EndToEndTest
{
    [Theory]
    [InlineData("in-prepare", "prepare received, nothing recorded: it is asked again and votes anew")]
    [InlineData("vote-recorded", "the yes is durable and not answered: it is asked again and gives the same vote")]
    [InlineData("commit-received", "the commit has arrived and is not applied: it is told again")]
    [InlineData("commit-recorded", "the commit is applied and not acknowledged: it is told again and applies nothing")]
    public async Task Killed_at_any_point_it_has_applied_once_in_the_end(string point, string meaning)
    {
        var world = await StartWorldAsync();
        var killed = await world.ParticipantAsync("killed");
        var other = (await world.ScriptAsync("other"))[0];
        await killed.SetAsync(point, "Stall");
        var client = world.Api.RunAsync(Transfer.Of(120, "killed", "other"));
        await killed.IsAtAsync(point);

        await killed.KillAndRestartAsync();

        var answer = await Until.EndsAsync($"the transaction ({meaning})", client);
        answer.IsOutcome("committed");
        await world.Api.EndsAsync(answer.Id, "committed");
        await killed.HasAppliedOnceAsync(answer.Id);
        Assert.True(other.HasCommitted(answer.Id), "the other branch commits too");
        await world.AuditAsync();
    }

    [Theory]
    [InlineData("committed")]
    [InlineData("aborted")]
    public async Task I7_killed_after_its_yes_it_keeps_the_promise_whatever_is_decided(string outcome)
    {
        var world = await StartWorldAsync();
        var killed = await world.ParticipantAsync("killed");
        var slow = (await world.ScriptAsync("slow"))[0];
        var gate = new Gate();
        slow.OnPrepare = async (call, honest) => await gate.HoldAsync(call, outcome == "committed" ? honest : () => new Reply(409));
        var client = world.Api.RunAsync(Transfer.Of(120, "killed", "slow"));
        await slow.IsAskedAsync(Verb.Prepare);
        await Until.TrueAsync("the coordinator has the vote of 'killed'", async () => (await world.Api.GetAsync(slow.Transaction)).BranchState("killed") == "prepared");

        await killed.KillAndRestartAsync();
        Assert.Equal(1, await killed.InDoubtAsync());
        Assert.Single(await killed.HeldAsync());
        gate.Open();

        var answer = await Until.EndsAsync("the transaction", client);
        answer.IsOutcome(outcome);
        await world.Api.EndsAsync(answer.Id, outcome);
        Assert.Equal(outcome == "committed" ? 1 : 0, (await killed.AppliedAsync()).GetValueOrDefault(answer.Id));
        Assert.Empty(await killed.HeldAsync());
        await world.AuditAsync();
    }

    [Theory]
    [InlineData("vote-recorded")]
    [InlineData("commit-recorded")]
    public async Task An_answer_lost_after_its_effect_is_given_again_and_the_effect_is_not(string point)
    {
        var world = await StartWorldAsync();
        var cutting = await world.ParticipantAsync("cutting");
        await world.ScriptAsync("other");
        await cutting.SetAsync(point, "Cut");

        var answer = await world.Api.RunAsync(Transfer.Of("cutting", "other"));

        answer.IsOutcome("committed");
        var ended = await world.Api.EndsAsync(answer.Id, "committed");
        Assert.Equal(2, await cutting.ReachedAsync(point));
        Assert.Equal("committed", ended.BranchState("cutting"));
        await cutting.HasAppliedOnceAsync(answer.Id);
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_commit_that_is_not_answered_for_longer_than_the_timeout_is_still_a_commit()
    {
        var world = await StartWorldAsync();
        var late = (await world.ScriptAsync("prompt", "late"))[1];
        var gate = new Gate();
        late.OnCommit = gate.RefuseAsync;
        var answer = await world.Api.RunAsync(Transfer.Of(5, "prompt", "late"));
        answer.IsOutcome("committed");

        await Until.TrueAsync("its deadline is over by a second", () => DateTimeOffset.UtcNow > answer.Deadline.AddSeconds(1));
        var tried = late.Count(Verb.Commit);
        await late.IsAskedAsync(Verb.Commit, tried + 1);
        var now = await world.Api.GetAsync(answer.Id);
        Assert.Equal(("committing", "committed"), (now.State, now.Outcome));
        gate.Open();

        await world.Api.EndsAsync(answer.Id, "committed");
        Assert.True(late.HasCommitted(answer.Id), "it has committed");
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_participant_that_is_down_while_it_is_told_is_told_when_it_is_back()
    {
        var world = await StartWorldAsync();
        var killed = await world.ParticipantAsync("killed");
        await world.ScriptAsync("other");
        await killed.SetAsync("commit-received", "Stall");
        var answer = await world.Api.RunAsync(Transfer.Of(5, "killed", "other"));
        answer.IsOutcome("committed");
        await killed.IsAtAsync("commit-received");
        await killed.Service.KillAsync();

        await Until.TrueAsync("two attempts have found it down", async () => (int)(await world.Api.GetAsync(answer.Id)).Branch("killed")["attempts"]! >= 3);
        await killed.StartAsync();

        await world.Api.EndsAsync(answer.Id, "committed");
        await killed.HasAppliedOnceAsync(answer.Id);
        await world.AuditAsync();
    }
}
