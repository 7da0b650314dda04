using System.Collections.Concurrent;
using System.Net;
using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests;

/// <summary>Kills in the middle of work leave logs with whatever tail the moment left them.</summary>
public sealed class RestartUnderLoadTests : EndToEndTest
{
    private const int AnswersPerCycle = 25;
    private const int Clients = 6;

    [Fact]
    public Task I16_ten_kills_of_the_coordinator_under_load_lose_no_answer_and_apply_nothing_twice() =>
        KillUnderLoadAsync(10, (_, coordinator, _) => [coordinator]);

    [Fact]
    public Task AC1_kills_of_anybody_and_of_all_at_once_under_load_lead_to_the_same_outcome_everywhere() =>
        KillUnderLoadAsync(8, (cycle, coordinator, banks) => (cycle % 4) switch
        {
            0 => [banks[0]],
            1 => [coordinator, .. banks],
            2 => [banks[1], coordinator],
            _ => banks,
        });

    private async Task KillUnderLoadAsync(int cycles, Func<int, Service, Service[], Service[]> victims)
    {
        var world = await StartWorldAsync(World.SmallFiles());
        var banks = await Task.WhenAll(world.ParticipantAsync("bank-a"), world.ParticipantAsync("bank-b"));
        using var stop = new CancellationTokenSource();
        var told = new ConcurrentDictionary<string, Answer>(StringComparer.Ordinal);
        var clients = Enumerable.Range(0, Clients).Select(c => Task.Run(() => AskForEverAsync(world, $"client-{c}", told, stop.Token))).ToArray();

        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var before = told.Count;
            await Until.TrueAsync(
                $"{AnswersPerCycle} answers have come in cycle {cycle}", () => told.Count >= before + AnswersPerCycle || clients.Any(c => c.IsFaulted));
            await KillAndRestartAsync(victims(cycle, world.Coordinator, [.. banks.Select(b => b.Service)]));
        }

        await stop.CancelAsync();
        await Until.EndsAsync("the clients", Task.WhenAll(clients));

        // Everything was asked for until it was answered, so what was applied is exactly what was told.
        Assert.Equal(told.Count, told.Values.Select(a => a.Id).Distinct().Count());
        var committed = told.Values.Where(a => a.Outcome == "committed").Select(a => a.Id).Order(StringComparer.Ordinal).ToArray();
        Assert.True(committed.Length >= cycles * AnswersPerCycle / 2, $"only {committed.Length} of {told.Count} transactions committed");
        foreach (var bank in banks)
        {
            await Until.TrueAsync($"{bank.Name} holds nothing any more", async () => (await bank.HeldAsync()).Length == 0);
            await Until.TrueAsync($"{bank.Name} has applied what was told", async () => (await bank.AppliedAsync()).Count >= committed.Length);
            var applied = await bank.AppliedAsync();
            Assert.Equal(committed, applied.Keys.Order(StringComparer.Ordinal));
            Assert.All(applied, t => Assert.Equal(1, t.Value));
        }

        await world.AuditAsync();
    }

    /// <summary>All are down before the first is up again.</summary>
    private static async Task KillAndRestartAsync(Service[] victims)
    {
        await Task.WhenAll(victims.Select(v => v.KillAsync()));
        await Task.WhenAll(victims.Select(v => v.StartAsync()));
    }

    /// <summary>One transaction after the other, each under its key until it is answered: through kills and restarts.</summary>
    private static async Task AskForEverAsync(World world, string client, ConcurrentDictionary<string, Answer> told, CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var key = $"{client}-{number}";
            Answer? answer = null;
            await Until.TrueAsync($"{key} is answered", async () => (answer = await TryAsync(world, key)) is not null);
            told[key] = answer!;
        }
    }

    private static async Task<Answer?> TryAsync(World world, string key)
    {
        try
        {
            var answer = await world.Api.RunAsync(Transfer.Of(60, "bank-a", "bank-b"), key);
            if (answer.Status == HttpStatusCode.ServiceUnavailable)
            {
                return null;
            }

            Assert.True(answer.Status == HttpStatusCode.OK && answer.Outcome is "committed" or "aborted", $"{key} was answered {answer}");
            return answer;
        }
        catch (HttpRequestException)
        {
            // Killed: not known, and asked again.
            return null;
        }
    }
}
