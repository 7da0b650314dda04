using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests.Sagas;

/// <summary>
/// Runs a saga and kills somebody at every one of its actions, or compensations. Each call is stopped where the kill is to hit; the one after it is stopped on its arrival, so
/// that the saga is between the two when the kill comes late.
/// </summary>
public abstract class SagaKillTest(SagaWorld world) : IAsyncDisposable
{
    /// <summary>Where the call is when the kill comes.</summary>
    internal const string Received = "received";
    internal const string Recorded = "recorded";
    internal const string Answered = "answered";

    private protected SagaWorld Sagas => world;

    /// <summary>The effects of one saga at one service, in order.</summary>
    private protected abstract Task<string[]> EffectsAsync(KillableService service, string saga);

    /// <param name="refused">The last service refuses: the two before it are compensated.</param>
    /// <param name="kill">Who is killed at a call.</param>
    private protected async Task<string> RunAsync(bool refused, Move[] killedAt, string where, Func<KillableService, Task> kill)
    {
        var before = await StopAsync(killedAt[0], where);
        var begun = await world.World.Api.BeginSagaAsync(Trip.Of(refused));
        Assert.Equal(System.Net.HttpStatusCode.Accepted, begun.Status);
        for (var i = 0; i < killedAt.Length; i++)
        {
            var (service, move) = (world.Services[killedAt[i].Service], killedAt[i]);
            var next = i + 1 < killedAt.Length ? killedAt[i + 1] : (Move?)null;
            if (where == Answered)
            {
                // It cannot be held behind its answer; but the next one can before it is done.
                var ahead = next is { } following ? await ReachedAndStopAsync(following, Received) : 0;
                await service.SetAsync(move.Point(Received), "Go");
                await Until.TrueAsync($"{move} of {begun.Id} is answered", async () => await service.ReachedAsync(move.Point(Answered)) > before);
                await kill(service);
                before = ahead;
                continue;
            }

            await Until.TrueAsync($"{move} of {begun.Id} is {where}", async () => await service.ReachedAsync(move.Point(where)) > before);
            before = next is { } after ? await StopAsync(after, where) : 0;
            await kill(service);
            await service.SetAsync(move.Point(where), "Go");
        }

        return begun.Id;
    }

    /// <summary>Everything or nothing, each effect exactly once.</summary>
    private protected async Task EndsAsync(string saga, bool refused)
    {
        await world.EndsAsync(saga, refused ? "compensated" : "completed");
        foreach (var service in world.Services)
        {
            // Who refused, or was never asked, has nothing to undo; what it may note of a compensation is no effect.
            var effects = (await EffectsAsync(service, saga)).Where(static effect => effect is "done" or "undone");
            Assert.Equal(!refused ? ["done"] : service.Name == Trip.Services[^1] ? [] : ["done", "undone"], effects);
        }
    }

    private Task<int> StopAsync(Move move, string where) => ReachedAndStopAsync(move, where == Answered ? Received : where, of: where);

    /// <summary>How often it was at a point until now, and from now on it is stopped.</summary>
    private async Task<int> ReachedAndStopAsync(Move move, string where, string? of = null)
    {
        var reached = await world.Services[move.Service].ReachedAsync(move.Point(of ?? Answered));
        await world.Services[move.Service].SetAsync(move.Point(where), "Stall");
        return reached;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed && world.Services is not [])
        {
            TestContext.Current.TestOutputHelper?.WriteLine(world.World.Outputs());
        }

        return ValueTask.CompletedTask;
    }
}
