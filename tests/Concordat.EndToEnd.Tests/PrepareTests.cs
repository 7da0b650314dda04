using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>What answers to prepare, and none, lead to.</summary>
public sealed class PrepareTests : EndToEndTest
{
    [Fact]
    public async Task Silence_on_prepare_is_asked_again_until_the_deadline_and_then_aborts()
    {
        var world = await StartWorldAsync(World.Settings(attemptSeconds: 0.3));
        var silent = (await world.ScriptAsync("honest", "silent"))[1];
        silent.OnPrepare = (_, _) => Task.FromResult(Reply.Silence);

        var answer = await world.Api.RunAsync(Transfer.Of(3, "honest", "silent"));

        answer.IsOutcome("aborted");
        Assert.Contains(answer.ReasonCode, new[] { "timeout", "unreachable" });
        Assert.InRange(silent.Count(Verb.Prepare), 2, 12);
        await world.Api.EndsAsync(answer.Id, "aborted");
        Assert.True(silent.HasRolledBack(answer.Id), "a silent branch may have prepared, so it is rolled back");
        Assert.Equal(0, silent.Count(Verb.Commit));
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_409_to_prepare_is_a_no_that_is_asked_once()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("honest", "refusing");
        participants[1].OnPrepare = (_, _) => Task.FromResult(new Reply(409));

        var answer = await world.Api.RunAsync(Transfer.Of("honest", "refusing"));

        answer.IsOutcome("aborted");
        Assert.Equal("vote-no", answer.ReasonCode);
        await world.Api.EndsAsync(answer.Id, "aborted");
        Assert.Equal(1, participants[1].Count(Verb.Prepare));
        Assert.Equal(0, participants[1].Count(Verb.Rollback));
        Assert.True(participants[0].HasRolledBack(answer.Id), "the other branch is rolled back");
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_400_to_prepare_fails_at_once_and_is_rolled_back()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("honest", "failing");
        participants[1].OnPrepare = (_, _) => Task.FromResult(new Reply(400));

        // Far from its deadline when the answer comes, which the limit of the wait below shows.
        var answer = await Until.EndsAsync("the transaction", world.Api.RunAsync(Transfer.Of(600, "honest", "failing")));

        answer.IsOutcome("aborted");
        await world.Api.EndsAsync(answer.Id, "aborted");
        Assert.Equal(1, participants[1].Count(Verb.Prepare));
        Assert.True(participants[1].HasRolledBack(answer.Id), "a failed branch may have prepared, so it is rolled back");
        Assert.True(participants[0].HasRolledBack(answer.Id), "the other branch is rolled back");
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_500_to_prepare_is_asked_again_and_its_later_yes_commits()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("honest", "failing");
        participants[1].OnPrepare = (_, honest) => Task.FromResult(participants[1].Count(Verb.Prepare) <= 3 ? new Reply(500) : honest());

        var answer = await world.Api.RunAsync(Transfer.Of("honest", "failing"));

        answer.IsOutcome("committed");
        await world.Api.EndsAsync(answer.Id, "committed");
        Assert.Equal(4, participants[1].Count(Verb.Prepare));
        Assert.All(participants, p => Assert.True(p.HasCommitted(answer.Id), $"{p.Name} has not committed"));
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_vote_whose_answer_was_lost_is_asked_for_again_and_counts_once()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("honest", "cutting");
        participants[1].OnPrepare = (_, honest) =>
        {
            var vote = honest();
            return Task.FromResult(participants[1].Count(Verb.Prepare) == 1 ? Reply.Cut : vote);
        };

        var answer = await world.Api.RunAsync(Transfer.Of("honest", "cutting"));

        answer.IsOutcome("committed");
        await world.Api.EndsAsync(answer.Id, "committed");
        Assert.Equal(2, participants[1].Count(Verb.Prepare));
        await world.AuditAsync();
    }
}
