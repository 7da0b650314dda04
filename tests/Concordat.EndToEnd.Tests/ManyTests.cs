using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>Many of everything at once.</summary>
public sealed class ManyTests : EndToEndTest
{
    [Fact]
    public async Task A_hundred_participants_commit_one_transaction()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync([.. Enumerable.Range(1, 100).Select(i => $"p{i}")]);

        var answer = await world.Api.RunAsync(Transfer.Of(60, participants.Select(p => p.Name)));

        answer.IsOutcome("committed");
        await world.Api.EndsAsync(answer.Id, "committed");
        Assert.All(participants, p => Assert.True(p.HasCommitted(answer.Id), $"{p.Name} has not committed"));
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_hundred_participants_abort_when_the_last_one_refuses()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync([.. Enumerable.Range(1, 100).Select(i => $"p{i}")]);
        participants[99].OnPrepare = async (_, _) =>
        {
            await Until.TrueAsync("all others are asked", () => participants[..99].All(p => p.Count(Verb.Prepare) > 0));
            return new Reply(409);
        };

        var answer = await world.Api.RunAsync(Transfer.Of(60, participants.Select(p => p.Name)));

        answer.IsOutcome("aborted");
        await world.Api.EndsAsync(answer.Id, "aborted");
        Assert.All(participants, p => Assert.Equal(0, p.Count(Verb.Commit)));
        Assert.All(participants[..99], p => Assert.True(p.HasRolledBack(answer.Id), $"{p.Name} has not rolled back"));
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_thousand_transactions_at_once_are_each_applied_once_by_both_participants()
    {
        var world = await StartWorldAsync();
        var banks = await Task.WhenAll(world.ParticipantAsync("bank-a"), world.ParticipantAsync("bank-b"));

        var answers = await Until.EndsAsync(
            "the thousand", Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => world.Api.RunAsync(Transfer.Of(60, "bank-a", "bank-b")))));

        Assert.All(answers, a => a.IsOutcome("committed"));
        Assert.Equal(1000, answers.Select(a => a.Id).Distinct().Count());
        foreach (var bank in banks)
        {
            await Until.TrueAsync($"{bank.Name} holds nothing any more", async () => (await bank.HeldAsync()).Length == 0);
            var applied = await bank.AppliedAsync();
            Assert.Equal(answers.Select(a => a.Id).Order(StringComparer.Ordinal), applied.Keys.Order(StringComparer.Ordinal));
            Assert.All(applied, t => Assert.Equal(1, t.Value));
        }

        await world.AuditAsync();
    }
}
