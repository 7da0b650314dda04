using Concordat.Matrix.Tests.Proxies;

namespace Concordat.Matrix.Tests.Worlds;

/// <summary>Stops a world at a point: what is held for it, and what must be so when it is reached.</summary>
internal static class Stop
{
    private const string CommitCall = "/commit HTTP/1.1";
    private const string InquiryCall = "/outcome?branch=";
    private const string ParticipantsPrepare = "/concordat/prepare HTTP/1.1";
    private const string ParticipantsCommit = "/concordat/commit HTTP/1.1";

    /// <returns>The message at which it stops.</returns>
    internal static Hold At(Point point, MatrixWorld world)
    {
        var (first, second) = (world.First, world.Second);
        if (point >= Point.Decided)
        {
            // A participant that is not called asks by itself.
            world.ToParticipant.HoldRequest(ParticipantsCommit);
            world.ToCoordinator.HoldRequest(InquiryCall);
        }

        switch (point)
        {
            case Point.BeforePrepare:
                second.Proxy.HoldRequest(second.Prepare);
                return first.Proxy.HoldRequest(first.Prepare);
            case Point.FirstPrepared:
                second.Proxy.HoldRequest(second.Prepare);
                return first.Proxy.HoldAnswer(first.Prepare);
            case Point.AllPrepared:
                // A participant is asked to prepare in the commit call; its answer is the last thing that the decision waits for.
                return world.Participant is null ? world.ToCoordinator.HoldRequest(CommitCall) : world.ToParticipant.HoldAnswer(ParticipantsPrepare);
            case Point.Decided:
                return world.ToCoordinator.HoldAnswer(CommitCall);
            case Point.FirstCommitted:
                second.Proxy.HoldRequest(second.Commit);
                return first.Proxy.HoldAnswer(first.Commit);
            default:
                throw new ArgumentOutOfRangeException(nameof(point), point, null);
        }
    }

    /// <summary>By the word of everybody who is there: nothing more has happened, and nothing less.</summary>
    internal static async Task IsReachedAsync(Point point, Hold stop, MatrixWorld world, Run run, (int First, int Second) before)
    {
        await Until.EndsAsync($"the way to {stop.Name}", Task.WhenAny(stop.Reached, run.Told));
        Assert.True(stop.Reached.IsCompleted, run.Told.IsCompleted ? $"it ended without {stop.Name}: {await run.Told}" : "");
        var prepared = point switch
        {
            Point.BeforePrepare => (0, 0),
            Point.FirstPrepared => (1, 0),
            Point.AllPrepared or Point.Decided => (1, 1),
            _ => (0, 1),
        };

        // The first bytes of an answer may be about a statement that came before in the same request.
        await Until.TrueAsync($"the databases show {prepared} branches prepared", async () => await world.PreparedAsync() == prepared);
        Assert.Equal(point == Point.FirstCommitted ? (before.First + 1, before.Second) : before, await world.ValuesAsync());
        Assert.Equal(point >= Point.Decided ? "committed" : null, await world.View.OutcomeAsync(await run.Transaction));
        if (world.Participant is { } participant)
        {
            Assert.Equal(point >= Point.AllPrepared ? 1 : 0, (await participant.HeldAsync()).Length);
        }
    }
}
