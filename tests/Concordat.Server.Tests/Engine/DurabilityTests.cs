using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Concordat.Server.Tests.Engine.Support;

namespace Concordat.Server.Tests.Engine;

public sealed class DurabilityTests
{
    [Fact]
    public async Task I6_no_commit_leaves_and_nobody_is_answered_before_the_decision_is_durable()
    {
        using var disk = new GatedDisk();
        using var run = await new EngineRun(disk.Storage).WithParticipantsAsync();
        disk.Close();
        var answer = run.Engine.AskAsync(caller => EngineRun.Begin(caller));
        await Eventually.Is("the decision's sync begins", () => disk.IsSomebodyWaiting);
        Assert.Equal(2, run.Participants.Count(CallKind.Prepare));
        Assert.Equal(0, run.Participants.Count(CallKind.Commit));
        Assert.False(answer.IsCompleted);
        disk.Open();
        var response = (TransactionResponse)await Eventually.Comes("the answer", answer);
        Assert.Equal(Outcome.Committed, response.Document.Outcome);
        await Eventually.Is("both commits", () => run.Participants.Count(CallKind.Commit) == 2);
    }

    [Fact]
    public async Task I14_while_the_decision_is_on_its_way_to_the_disk_a_client_is_told_that_it_is_not_known_yet()
    {
        using var disk = new GatedDisk();
        using var run = await new EngineRun(disk.Storage).WithParticipantsAsync();
        disk.Close();
        var answer = run.Engine.AskAsync(caller => EngineRun.Begin(caller));
        await Eventually.Is("the decision's sync begins", () => disk.IsSomebodyWaiting);
        var list = (TransactionsResponse)await run.Ask(caller => new ListInput(caller, new()));
        var document = Assert.Single(list.List.Items);
        Assert.Equal(TransactionState.Prepared, document.State);
        Assert.Null(document.Outcome);
        disk.Open();
        await Eventually.Comes("the answer", answer);
    }

    [Fact]
    public async Task Group_commit_one_sync_covers_all_that_was_decided_while_the_one_before_ran()
    {
        using var disk = new GatedDisk();
        using var run = await new EngineRun(disk.Storage).WithParticipantsAsync();
        disk.Close();
        var first = run.Engine.AskAsync(caller => EngineRun.Begin(caller));
        await Eventually.Is("the first decision's sync begins", () => disk.IsSomebodyWaiting);
        var rest = Enumerable.Range(0, 100).Select(_ => run.Engine.AskAsync(caller => EngineRun.Begin(caller))).ToList();
        await Eventually.Is("all have prepared", () => run.Participants.Count(CallKind.Prepare) == 202);
        await run.Ask(caller => new GetParticipantInput(caller, "a"));
        var before = disk.Syncs;
        disk.Open();
        await Eventually.Comes("the first", first);
        foreach (var one in rest)
        {
            await Eventually.Comes("one of the rest", one);
        }

        Assert.InRange(disk.Syncs - before, 1, 4);
    }

    [Fact]
    public async Task A_failed_sync_stops_everything_at_once_and_is_never_repeated()
    {
        var faulty = new FaultyLogStorage(new MemoryLogStorage());
        using var run = await new EngineRun(faulty).WithParticipantsAsync();
        var syncs = faulty.Calls(LogOperation.Sync);
        faulty.From(LogOperation.Sync, syncs + 1, LogFault.IoError);
        var answer = run.Engine.AskAsync(caller => EngineRun.Begin(caller));
        await Eventually.Is("the fatal error", () => run.Failures.Count > 0);
        Assert.Equal(syncs + 1, faulty.Calls(LogOperation.Sync));
        Assert.Equal(0, run.Participants.Count(CallKind.Commit));
        run.Engine.Dispose();
        await Assert.ThrowsAsync<EngineStoppedException>(() => Eventually.Comes("the end of waiting", answer));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_a_crash_what_was_answered_committed_is_committed_again_and_what_was_not_durable_is_aborted(int seed)
    {
        var storage = new MemoryLogStorage();
        TransactionId committed;
        using (var run = await new EngineRun(storage).WithParticipantsAsync())
        {
            run.Participants.Answer = call => call.Kind == CallKind.Commit ? null : ScriptedParticipants.YesAndDone(call);
            committed = ((TransactionResponse)await run.Run()).Document.Id;
            storage = storage.AsIfCrashed(CrashPlan.RandomSectors(seed));
        }

        using var restarted = await new EngineRun(storage).StartAsync();
        await Eventually.Is("both commits again", () => restarted.Participants.Count(CallKind.Commit) == 2);
        await Eventually.Is("the end", () => restarted.Engine.Counts.Committed == 1);
        var document = await restarted.Get(committed);
        Assert.Equal(TransactionState.Committed, document.State);
        Assert.Equal(0, restarted.Participants.Count(CallKind.Rollback));
    }

    [Fact]
    public async Task An_idempotency_key_answers_with_the_same_transaction_after_a_crash()
    {
        var storage = new MemoryLogStorage();
        TransactionId id;
        using (var run = await new EngineRun(storage).WithParticipantsAsync())
        {
            id = ((TransactionResponse)await run.Run("k")).Document.Id;
            Assert.Equal(id, ((TransactionResponse)await run.Run("k")).Document.Id);
            storage = storage.AsIfCrashed(CrashPlan.LoseUnsynced);
        }

        using var restarted = await new EngineRun(storage).StartAsync();
        var again = (TransactionResponse)await restarted.Run("k");
        Assert.Equal(id, again.Document.Id);
        Assert.Equal(Outcome.Committed, again.Document.Outcome);
        Assert.Equal(0, restarted.Participants.Count(CallKind.Prepare));
    }
}
