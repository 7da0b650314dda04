using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Concordat.Server.Tests.Engine.Support;

namespace Concordat.Server.Tests.Engine;

public sealed class FlowTests
{
    [Fact]
    public async Task AC4_a_thousand_concurrent_transactions_all_commit()
    {
        using var run = await new EngineRun(new MemoryLogStorage(), EngineRun.RoomyLog).WithParticipantsAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => run.Run()));
        Assert.All(answers, answer => Assert.Equal(Outcome.Committed, ((TransactionResponse)answer).Document.Outcome));
        await Eventually.Is("all have ended", () => run.Engine.Counts.Committed == 1000);
        Assert.Equal(2000, run.Participants.Count(CallKind.Commit));
    }

    [Fact]
    public async Task Requests_beyond_the_queue_are_refused_and_nothing_is_taken_in()
    {
        using var disk = new GatedDisk();
        using var run = await new EngineRun(disk.Storage, EngineRun.SmallLog with { MaxQueuedRequests = 1, MaxStagedBytes = 1 }).WithParticipantsAsync();
        disk.Close();
        var first = run.Engine.AskAsync(caller => EngineRun.Begin(caller));
        await Eventually.Is("the disk is behind", () => disk.IsSomebodyWaiting);
        // What waits to be written is over its limit from the next transaction on, so the engine takes nothing in and the queue fills.
        var refused = 0;
        var waiting = new List<Task<Response>>();
        await Eventually.Is("a refusal", () =>
        {
            try
            {
                waiting.Add(run.Engine.AskAsync(caller => EngineRun.Begin(caller)));
            }
            catch (EngineUnavailableException e)
            {
                Assert.Equal(EngineState.Ready, e.State);
                refused++;
            }

            return refused > 0;
        });
        disk.Open();
        await Eventually.Comes("the first", first);
        foreach (var one in waiting)
        {
            Assert.IsType<TransactionResponse>(await Eventually.Comes("one that was taken in", one));
        }
    }

    [Fact]
    public async Task A_graceful_stop_refuses_new_transactions_finishes_what_is_decided_and_leaves_a_clean_log()
    {
        var storage = new MemoryLogStorage();
        using var run = await new EngineRun(storage, EngineRun.RoomyLog).WithParticipantsAsync();
        Action<CallEnded>? finish = null;
        var held = new List<Call>();
        run.Participants.Answer = call =>
        {
            if (call.Kind == CallKind.Commit)
            {
                held.Add(call);
                return null;
            }

            return ScriptedParticipants.YesAndDone(call);
        };
        run.Participants.Reported = report => finish = report;
        Assert.Equal(Outcome.Committed, ((TransactionResponse)await run.Run()).Document.Outcome);
        await Eventually.Is("both commits are out", () => run.Participants.Count(CallKind.Commit) == 2);
        var stopped = run.Engine.StopAsync(TimeSpan.FromMinutes(1));
        var refusal = Assert.Throws<EngineUnavailableException>(() => { _ = run.Engine.AskAsync(caller => EngineRun.Begin(caller)); });
        Assert.Equal(EngineState.Draining, refusal.State);
        Assert.False(stopped.IsCompleted);
        foreach (var call in held)
        {
            finish!(new CallEnded(call.Key, Done.Instance));
        }

        await stopped.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        using var log = WriteAheadLog.Open(storage.AsIfCrashed(CrashPlan.LoseUnsynced), EngineRun.RoomyLog.Log, (_, _, _) => { });
        Assert.Null(log.ErasedTail);
    }

    [Fact]
    public async Task Whoever_waits_when_the_drain_is_over_is_told_that_the_answer_is_not_known()
    {
        using var run = await new EngineRun(new MemoryLogStorage(), EngineRun.RoomyLog).WithParticipantsAsync();
        run.Participants.Answer = _ => null;
        var answer = run.Engine.AskAsync(caller => EngineRun.Begin(caller));
        await Eventually.Is("the prepares are out", () => run.Participants.Count(CallKind.Prepare) == 2);
        await run.Engine.StopAsync(TimeSpan.Zero);
        await Assert.ThrowsAsync<EngineStoppedException>(() => Eventually.Comes("the end of waiting", answer));
    }

    [Fact]
    public async Task A_hundred_participants_in_one_transaction_commit_together()
    {
        using var run = await new EngineRun(new MemoryLogStorage(), EngineRun.RoomyLog).StartAsync();
        for (var i = 0; i < 100; i++)
        {
            var name = $"p{i}";
            await run.Ask(caller => new PutParticipantInput(caller, name, "http://127.0.0.1:1", new ParticipantFlags(false, Inquires: i % 2 == 0)));
        }

        var spec = new TransactionSpec
        {
            Timeout = TimeSpan.FromMinutes(1),
            Branches = [.. Enumerable.Range(0, 100).Select(i => new BranchSpec($"p{i}", default))],
        };
        var response = (TransactionResponse)await run.Ask(caller => new BeginInput(caller, BeginMode.Run, spec));
        Assert.Equal(Outcome.Committed, response.Document.Outcome);
        await Eventually.Is("a hundred commits", () => run.Participants.Count(CallKind.Commit) == 100);
    }
}
