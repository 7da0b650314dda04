using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Concordat.Server.Tests.Engine.Support;

namespace Concordat.Server.Tests.Engine;

public sealed class StopTests
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Who_waits_for_the_disk_when_the_stop_comes_is_answered()
    {
        using var disk = new GatedDisk();
        using var run = await new EngineRun(disk.Storage).WithParticipantsAsync();
        var spec = EngineRun.Transfer with { Branches = [] };
        var key = new IdempotencyKey("k", new byte[IdempotencyKey.HashSizeBytes]);
        var open = (TransactionResponse)await run.Ask(caller => new BeginInput(caller, BeginMode.Open, spec, key));
        var other = (TransactionResponse)await run.Ask(caller => new BeginInput(caller, BeginMode.Open, spec, Key: null));
        disk.Close();
        var answer = run.Engine.AskAsync(caller => new RollbackInput(caller, open.Document.Id));
        await Eventually.Is("the decision's sync begins", () => disk.IsSomebodyWaiting);
        var stopped = run.Engine.StopAsync(Drain);
        var undecided = run.Engine.AskAsync(caller => new RollbackInput(caller, other.Document.Id));
        await Eventually.Is("the engine goes on", () => run.Engine.Counts.Undecided == 0);
        disk.Open();
        await Eventually.Comes("the other answer", undecided);
        Assert.Equal(Outcome.Aborted, Assert.IsType<TransactionResponse>(await Eventually.Comes("the answer", answer)).Document.Outcome);
        await stopped.WaitAsync(Drain, TestContext.Current.CancellationToken);
    }

    /// <summary>Nothing that the server could do would end them.</summary>
    [Fact]
    public async Task What_only_a_sweep_could_finish_is_not_waited_for()
    {
        using var run = await new EngineRun(new MemoryLogStorage(), EngineRun.RoomyLog).WithParticipantsAsync();
        await run.Ask(caller => new PutResourceInput(caller, "database", "test:database"));
        var open = (TransactionResponse)await run.Ask(caller => new BeginInput(caller, BeginMode.Open, EngineRun.Transfer with { Branches = [] }, Key: null));
        var branch = new BranchSpec("database", default, "1", new BranchVote(Vote.Yes, Reason: null, "7"));
        var committed = (TransactionResponse)await run.Ask(caller => new CommitInput(caller, open.Document.Id, [branch]));
        Assert.Equal((TransactionState.Committing, Outcome.Committed), (committed.Document.State, committed.Document.Outcome));
        await run.Engine.StopAsync(TimeSpan.FromHours(1)).WaitAsync(Drain, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_log_that_fails_before_the_epoch_is_durable_faults_the_start_and_is_fatal_once()
    {
        var storage = new MemoryLogStorage();
        using (var before = await new EngineRun(storage).StartAsync())
        {
            await before.Engine.StopAsync(Drain);
            storage = storage.AsIfCrashed(CrashPlan.LoseUnsynced);
        }

        var faulty = new FaultyLogStorage(storage);
        faulty.From(LogOperation.Sync, 1, LogFault.Before(static () =>
        {
            if (Thread.CurrentThread.Name == "concordat-log-flusher")
            {
                throw new IOException("the disk is gone");
            }
        }));
        using var run = new EngineRun(faulty);
        run.Engine.Start();
        await Assert.ThrowsAsync<EngineStoppedException>(() => run.Engine.Ready.WaitAsync(Drain, TestContext.Current.CancellationToken));
        await run.Engine.Stopped.WaitAsync(Drain, TestContext.Current.CancellationToken);
        Assert.Single(run.Failures);
    }
}
