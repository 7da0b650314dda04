using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Concordat.Server.Tests.Engine.Support;

namespace Concordat.Server.Tests.Engine;

public sealed class LogKeepingTests
{
    // More than can be unfinished at the crash: those end after the restart, and must not push the one that is looked at out of history.
    private static readonly EngineOptions ShortHistory = EngineRun.SmallLog with
    {
        Coordinator = new CoordinatorOptions { RetentionCount = 300 },
    };

    [Fact]
    public async Task The_log_does_not_grow_for_ever_and_a_restart_from_a_checkpoint_knows_what_is_live()
    {
        var storage = new MemoryLogStorage();
        TransactionId unfinished;
        using (var run = await new EngineRun(storage, ShortHistory).WithParticipantsAsync())
        {
            run.Participants.Answer = call => call.Kind == CallKind.Commit ? null : ScriptedParticipants.YesAndDone(call);
            unfinished = ((TransactionResponse)await run.Run()).Document.Id;
            run.Participants.Answer = ScriptedParticipants.YesAndDone;
            for (var i = 0; i < 60; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => run.Run()));
            }

            await Eventually.Is("old segments are removed", () => run.Engine.Counts.LogSizeBytes <= 16 * 64 * 1024);
            Assert.True(run.Engine.Counts.LogBytesAppended > 16 * 64 * 1024);
            storage = storage.AsIfCrashed(CrashPlan.LoseUnsynced);
        }

        Assert.DoesNotContain(LogFormat.SegmentName(0), storage.List());
        using var restarted = await new EngineRun(storage, ShortHistory).StartAsync();
        await Eventually.Is("both commits of the unfinished one", () =>
            restarted.Participants.Sent.Count(call => call.Kind == CallKind.Commit && call.Key.Transaction == unfinished) == 2);
        await Eventually.Is("its end", () => restarted.Engine.Counts.Committed >= 1);
        Assert.Equal(TransactionState.Committed, (await restarted.Get(unfinished)).State);
        Assert.Equal(2, restarted.Engine.Counts.Participants);
    }

    [Fact]
    public async Task A_full_disk_refuses_new_transactions_and_loses_nothing_of_what_runs()
    {
        var storage = new MemoryLogStorage();
        using var run = await new EngineRun(storage).WithParticipantsAsync();
        await Eventually.Is("the spares are there", () => storage.List().Count == 4);
        storage.CapacityBytes = 4 * 64 * 1024;
        run.Participants.Answer = call => call.Kind == CallKind.Commit ? null : ScriptedParticipants.YesAndDone(call);
        var committed = new List<TransactionId>();
        ProblemResponse? refusal = null;
        while (refusal is null)
        {
            switch (await run.Run())
            {
                case TransactionResponse response:
                    committed.Add(response.Document.Id);
                    break;
                case ProblemResponse problem:
                    refusal = problem;
                    break;
            }
        }

        Assert.Equal(ProblemKind.LogFull, refusal.Kind);
        Assert.NotEmpty(committed);
        Assert.Empty(run.Failures);
        Assert.True(run.Engine.Counts.LogIsFull);

        storage.CapacityBytes = long.MaxValue;
        await Eventually.Is("there is room again", () => !run.Engine.Counts.LogIsFull);
        run.Participants.Answer = ScriptedParticipants.YesAndDone;
        Assert.IsType<TransactionResponse>(await run.Run());

        using var restarted = await new EngineRun(storage.AsIfCrashed(CrashPlan.LoseUnsynced)).StartAsync();
        foreach (var id in committed)
        {
            await Eventually.Is("its commits again", () => restarted.Participants.Sent.Count(call => call.Kind == CallKind.Commit && call.Key.Transaction == id) == 2);
        }
    }

    [Fact]
    public async Task A_checkpoint_that_is_due_on_a_full_disk_waits_for_a_segment_to_stand_in()
    {
        // A checkpoint is due many times within a segment, and none of the finished transactions may be forgotten yet.
        const int SegmentBytes = 512 * 1024;
        var options = EngineRun.SmallLog with
        {
            Log = EngineRun.SmallLog.Log with { SegmentSizeBytes = SegmentBytes, SpareSegments = 1 },
            CheckpointBytes = 200 * 1024,
        };
        var storage = new MemoryLogStorage();
        using var run = await new EngineRun(storage, options).WithParticipantsAsync();
        await Eventually.Is("the spare is there", () => storage.List().Count == 2);
        storage.CapacityBytes = 2 * SegmentBytes;
        Response last;
        do
        {
            last = (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => run.Run())))[^1];
        }
        while (last is TransactionResponse);

        Assert.Equal(ProblemKind.LogFull, Assert.IsType<ProblemResponse>(last).Kind);
        Assert.Empty(run.Failures);
        storage.CapacityBytes = long.MaxValue;
        await Eventually.Is("there is room again", () => !run.Engine.Counts.LogIsFull);
        Assert.IsType<TransactionResponse>(await run.Run());
        Assert.Empty(run.Failures);
    }

    [Fact]
    public async Task Operations_that_no_record_can_hold_go_out_in_two_phases_and_do_not_stop_the_coordinator()
    {
        using var run = await new EngineRun(new MemoryLogStorage()).StartAsync();
        await run.Ask(caller => new PutParticipantInput(caller, "c", "http://127.0.0.1:1/c", new ParticipantFlags(OnePhase: true, Inquires: true)));
        var operations = new byte[EngineRun.SmallLog.Log.MaxRecordBytes];
        operations.AsSpan().Fill((byte)' ');
        operations[0] = (byte)'[';
        operations[^1] = (byte)']';
        var spec = EngineRun.Transfer with { Branches = [new BranchSpec("c", operations)] };

        var response = await run.Ask(caller => new BeginInput(caller, BeginMode.Run, spec, Key: null));

        Assert.Equal(Outcome.Committed, Assert.IsType<TransactionResponse>(response).Document.Outcome);
        Assert.Equal((1, 0), (run.Participants.Count(CallKind.Prepare), run.Participants.Count(CallKind.OnePhase)));
        Assert.Empty(run.Failures);
    }

    [Fact]
    public async Task A_log_in_use_is_refused_at_once()
    {
        var directory = Directory.CreateTempSubdirectory("concordat-test-").FullName;
        try
        {
            using var first = await new EngineRun(new FileLogStorage(directory)).StartAsync();
            using var second = new EngineRun(new FileLogStorage(directory));
            second.Engine.Start();
            var refused = await Assert.ThrowsAsync<LogLockedException>(() => second.Engine.Ready);
            Assert.Equal(Environment.ProcessId, refused.OwnerPid);
            Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
