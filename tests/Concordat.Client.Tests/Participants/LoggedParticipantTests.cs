using System.Net;
using System.Text;
using Concordat.Core.Participation;
using Concordat.Log;

namespace Concordat.Client.Tests.Participants;

public sealed class LoggedParticipantTests
{
    [Fact]
    public async Task A_branch_is_prepared_and_committed()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        var vote = await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        Assert.Equal((Vote.Yes, "held"), (vote.Vote, vote.Evidence));
        Assert.Equal(HttpStatusCode.NoContent, (await bank.CommitAsync(1)).StatusCode);
        Assert.Equal(900, await bank.BalanceAsync());
        Assert.Equal((0, 1), (bank.Participant.Status.Unfinished, bank.Participant.Status.Remembered));
    }

    [Fact]
    public async Task A_rolled_back_branch_gives_its_money_back()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        Assert.Equal(900, await bank.BalanceAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await bank.RollbackAsync(1)).StatusCode);
        Assert.Equal(1000, await bank.BalanceAsync());
    }

    [Fact]
    public async Task A_no_says_why_and_an_exception_is_a_no()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        var refused = await bank.VoteAsync(1, ParticipantProcess.Debit(5000));
        Assert.Equal((Vote.No, "insufficient funds"), (refused.Vote, refused.Reason));
        var broken = await bank.VoteAsync(2, Operations.Of("break"));
        Assert.Equal(Vote.No, broken.Vote);
        Assert.Contains("broken", broken.Reason);
        Assert.Equal(Vote.ReadOnly, (await bank.VoteAsync(3)).Vote);
    }

    [Fact]
    public async Task Operations_that_no_record_can_hold_are_a_no_in_one_phase_where_another_error_would_be_asked_again_for_ever()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        var large = Operations.Of("debit", "alice", new string('x', 64 * 1024));
        using var onePhase = await bank.OnePhaseAsync(1, large);
        Assert.Equal(HttpStatusCode.Conflict, onePhase.StatusCode);
        using var prepare = await bank.PrepareAsync(2, large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, prepare.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task I7_I8_what_was_answered_survives_a_crash_that_loses_everything_unsynced(bool clean)
    {
        var bank = await ParticipantProcess.StartAsync();
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        await bank.CommitAsync(1);
        await bank.VoteAsync(2, ParticipantProcess.Debit(10));
        await bank.VoteAsync(3, ParticipantProcess.Debit(1));
        await bank.RollbackAsync(3);
        MemoryLogStorage disk;
        if (clean)
        {
            await bank.StopAsync();
            disk = bank.Disk;
        }
        else
        {
            disk = await bank.CrashAsync();
        }

        await using var again = await ParticipantProcess.StartAsync(disk);
        Assert.Equal(890, await again.BalanceAsync());
        Assert.Equal(1, again.Participant.Status.InDoubt);
        Assert.Equal(HttpStatusCode.NoContent, (await again.CommitAsync(1)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await again.RollbackAsync(3)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await again.CommitAsync(2)).StatusCode);
        Assert.Equal(890, await again.BalanceAsync());
    }

    [Fact]
    public async Task I7_no_yes_leaves_before_its_record_is_synced()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        await using var bank = await ParticipantProcess.StartAsync(
            storage: d => new FaultyLogStorage(d).From(LogOperation.Sync, 1, LogFault.Before(() => gate.Wait())));
        gate.Reset();
        var vote = bank.VoteAsync(1, ParticipantProcess.Debit(100));
        await Wait.UntilAsync(() => bank.Participant.Status.InDoubt == 1, "the branch is prepared in memory");
        Assert.False(vote.IsCompleted, "the yes was answered while the disk was still at it");
        var lost = bank.Disk.AsIfCrashed(CrashPlan.LoseUnsynced);
        gate.Set();
        Assert.Equal(Vote.Yes, (await Wait.ForAsync(vote, "the vote")).Vote);

        // Had the power failed then, nothing would have been promised.
        await using var other = await ParticipantProcess.StartAsync(lost);
        Assert.Equal(0, other.Participant.Status.InDoubt);
        Assert.Equal(1000, await other.BalanceAsync());
    }

    [Fact]
    public async Task Bug4_a_participant_that_lost_its_log_does_not_acknowledge_a_commit()
    {
        var bank = await ParticipantProcess.StartAsync();
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        await bank.CrashAsync();
        await using var amnesiac = await ParticipantProcess.StartAsync(new MemoryLogStorage());
        using var answer = await amnesiac.CommitAsync(1);
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("/problems/branch-not-held", await answer.Content.ReadAsStringAsync());
        Assert.Equal(1000, await amnesiac.BalanceAsync());
    }

    [Fact]
    public async Task Bug5_a_commit_that_is_repeated_across_crashes_moves_the_money_once()
    {
        var disk = new MemoryLogStorage();
        for (var i = 0; i < 4; i++)
        {
            var bank = await ParticipantProcess.StartAsync(disk);
            Assert.Equal(Vote.Yes, (await bank.VoteAsync(1, ParticipantProcess.Debit(100))).Vote);
            Assert.Equal(HttpStatusCode.NoContent, (await bank.CommitAsync(1)).StatusCode);
            Assert.Equal(HttpStatusCode.NoContent, (await bank.CommitAsync(1)).StatusCode);
            Assert.Equal(900, await bank.BalanceAsync());
            disk = await bank.CrashAsync(CrashPlan.RandomSectors(i));
        }
    }

    [Fact]
    public async Task Bug6_an_empty_rollback_is_done_and_the_prepare_that_it_overtook_is_refused_also_after_a_crash()
    {
        var bank = await ParticipantProcess.StartAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await bank.RollbackAsync(1)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await bank.PrepareAsync(1, ParticipantProcess.Debit(100))).StatusCode);
        await using var again = await ParticipantProcess.StartAsync(await bank.CrashAsync());
        Assert.Equal(HttpStatusCode.Conflict, (await again.PrepareAsync(1, ParticipantProcess.Debit(100))).StatusCode);
        Assert.Equal(1000, await again.BalanceAsync());
    }

    [Fact]
    public async Task Bug7_a_commit_of_another_transaction_or_branch_is_not_this_ones()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        Assert.Equal(HttpStatusCode.Gone, (await bank.CommitAsync(2)).StatusCode);
        Assert.Equal(1, bank.Participant.Status.InDoubt);
    }

    [Fact]
    public async Task One_phase_is_one_call_and_its_repetition_answers_the_same()
    {
        var bank = await ParticipantProcess.StartAsync();
        Assert.Equal(Vote.Yes, (await ParticipantProcess.VoteOfAsync(await bank.OnePhaseAsync(1, ParticipantProcess.Debit(100)))).Vote);
        Assert.Equal(Vote.No, (await ParticipantProcess.VoteOfAsync(await bank.OnePhaseAsync(2, ParticipantProcess.Debit(5000)))).Vote);
        await using var again = await ParticipantProcess.StartAsync(await bank.CrashAsync());
        Assert.Equal(Vote.Yes, (await ParticipantProcess.VoteOfAsync(await again.OnePhaseAsync(1, ParticipantProcess.Debit(100)))).Vote);
        Assert.Equal(Vote.No, (await ParticipantProcess.VoteOfAsync(await again.OnePhaseAsync(2, ParticipantProcess.Debit(5000)))).Vote);
        Assert.Equal(900, await again.BalanceAsync());
    }

    [Fact]
    public async Task A_local_change_is_durable_when_it_returns_and_a_refused_one_leaves_nothing()
    {
        var bank = await ParticipantProcess.StartAsync();
        await bank.Participant.ApplyAsync(Encoding.UTF8.GetBytes("bob 50"));
        await Assert.ThrowsAsync<ArgumentException>(() => bank.Participant.ApplyAsync(Encoding.UTF8.GetBytes("bob -1")));
        await using var again = await ParticipantProcess.StartAsync(await bank.CrashAsync());
        Assert.Equal(50, await again.BalanceAsync("bob"));
    }

    [Fact]
    public async Task What_a_read_saw_is_durable_when_it_returns()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        await using var bank = await ParticipantProcess.StartAsync(
            storage: d => new FaultyLogStorage(d).From(LogOperation.Sync, 1, LogFault.Before(() => gate.Wait())));
        gate.Reset();
        var change = bank.Participant.ApplyAsync(Encoding.UTF8.GetBytes("bob 50"));
        var read = bank.BalanceAsync("bob");
        await Wait.UntilAsync(() => bank.Disk.UnsyncedBytes > 0, "the change is written");
        Assert.False(read.IsCompleted, "a balance was shown that a crash could take back");
        gate.Set();
        await change;
        Assert.Equal(50, await Wait.ForAsync(read, "the balance"));
    }

    [Fact]
    public async Task An_exception_of_a_read_goes_to_its_caller_and_the_engine_lives()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        await Assert.ThrowsAsync<DivideByZeroException>(() => bank.Participant.ReadAsync<int>(() => throw new DivideByZeroException()));
        Assert.Equal(1000, await bank.BalanceAsync());
    }

    [Fact]
    public async Task A_failed_sync_stops_the_process_and_nobody_is_told_yes()
    {
        var bank = await ParticipantProcess.StartAsync(storage: d => new FaultyLogStorage(d).From(LogOperation.Sync, 8, LogFault.IoError));
        await using var _ = bank;
        for (ulong i = 1; bank.Failures.Count == 0; i++)
        {
            Assert.True(i < 50, "fifty prepares were forced and no sync failed");
            using var response = await bank.PrepareAsync(i, ParticipantProcess.Debit(1));
            Assert.True(
                bank.Failures.Count == 0 || response.StatusCode == HttpStatusCode.ServiceUnavailable,
                $"{response.StatusCode} after the disk had failed");
        }

        Assert.Contains("log can no longer be written", bank.Failures.First);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bank.PrepareAsync(99)).StatusCode);
        Assert.False(bank.Participant.Status.Running);
    }

    [Fact]
    public async Task A_commit_that_breaks_its_promise_stops_the_process()
    {
        await using var bank = await ParticipantProcess.StartAsync();
        await bank.VoteAsync(1, Operations.Of("fail-later"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bank.CommitAsync(1)).StatusCode);
        Assert.Contains("state can no longer be trusted", bank.Failures.First);
    }

    [Fact]
    public async Task Overload_is_a_503_that_says_when_to_come_back()
    {
        await using var bank = await ParticipantProcess.StartAsync(with: o => o.MaxQueued = 1);
        bank.Bank.Open.Reset();
        var calls = Enumerable.Range(1, 5).Select(i => bank.PrepareAsync((ulong)i, ParticipantProcess.Debit(1))).ToList();
        var first = await Wait.ForAsync(Task.WhenAny(calls), "a refusal");
        using (var refusal = await first)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
            Assert.NotNull(refusal.Headers.RetryAfter);
        }

        bank.Bank.Open.Set();
        await Task.WhenAll(calls);
    }

    [Theory]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    [InlineData("nonsense", HttpStatusCode.BadRequest)]
    [InlineData("""{"transactionId": "00000000-0000-4000-8000-000000000000", "branchId": "1", "createdAt": "2026-01-01T00:00:00Z", "deadline": "2100-01-01T00:00:00Z", "endedBefore": "2026-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"transactionId": "ID", "branchId": "a/b", "createdAt": "2026-01-01T00:00:00Z", "deadline": "2100-01-01T00:00:00Z", "endedBefore": "2026-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"transactionId": "ID", "branchId": "1", "createdAt": "1960-01-01T00:00:00Z", "deadline": "2100-01-01T00:00:00Z", "endedBefore": "1960-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"transactionId": "ID", "branchId": "1", "createdAt": "yesterday", "deadline": "2100-01-01T00:00:00Z", "endedBefore": "1960-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"transactionId": "ID", "branchId": "1", "createdAt": "2026-01-01T00:00:00Z", "deadline": "2100-01-01T00:00:00Z", "endedBefore": "2026-01-01T00:00:00Z", "of tomorrow": 1}""", HttpStatusCode.OK)]
    public async Task Malformed_calls_are_refused_and_unknown_members_ignored(string body, HttpStatusCode status)
    {
        await using var bank = await ParticipantProcess.StartAsync();
        using var content = new StringContent(body.Replace("ID", ParticipantProcess.Transaction(1).ToString()), Encoding.UTF8, "application/json");
        using var response = await bank.Http.PostAsync("/concordat/prepare", content);
        Assert.Equal(status, response.StatusCode);
        if (status == HttpStatusCode.BadRequest)
        {
            Assert.Contains("/problems/malformed", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Bug18_the_log_does_not_grow_for_ever_and_nothing_is_forgotten_by_a_checkpoint()
    {
        var bank = await ParticipantProcess.StartAsync(with: o => o.CheckpointEveryBytes = 64 * 1024);
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        for (ulong i = 2; i <= 400; i++)
        {
            // Each transaction says that the one before has ended.
            await bank.VoteAsync(i, ParticipantProcess.Debit(1));
            Assert.Equal(HttpStatusCode.NoContent, (await bank.RollbackAsync(i)).StatusCode);
            for (var j = 0; j < 3; j++)
            {
                await bank.Participant.ApplyAsync(Encoding.UTF8.GetBytes("bob 1" + new string(' ', 400)));
            }
        }

        await Wait.UntilAsync(() => bank.Disk.Snapshot().Count < 10, $"old segments go: {bank.Disk.Snapshot().Count} files are there");
        await using var again = await ParticipantProcess.StartAsync(await bank.CrashAsync());
        Assert.Equal(900, await again.BalanceAsync());
        Assert.Equal(399 * 3, await again.BalanceAsync("bob"));
        Assert.Equal((1, 399), (again.Participant.Status.InDoubt, again.Participant.Status.Remembered));
        Assert.Equal(HttpStatusCode.NoContent, (await again.CommitAsync(1)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await again.PrepareAsync(400)).StatusCode);
    }

    [Fact]
    public async Task A_state_larger_than_the_preallocated_room_is_checkpointed_all_the_same()
    {
        var bank = await ParticipantProcess.StartAsync(with: o => o.CheckpointEveryBytes = 64 * 1024);
        for (var i = 0; i < 1500; i++)
        {
            await bank.Participant.ApplyAsync(Encoding.UTF8.GetBytes($"{new string('a', 400)}{i} 1"));
        }

        await using var again = await ParticipantProcess.StartAsync(await bank.CrashAsync());
        Assert.Equal(1, await again.BalanceAsync(new string('a', 400) + "1499"));
        Assert.Equal(0, again.Failures.Count);
    }

    /// <summary>Its flushes are quick, and were taken for turns of the wait.</summary>
    [Fact]
    public async Task A_burst_waits_for_new_files_that_come_slowly_and_is_not_refused()
    {
        SlowToCreate? slow = null;
        await using var bank = await ParticipantProcess.StartAsync(
            with: o => o.CheckpointEveryBytes = 64L * 1024 * 1024, storage: disk => slow = new SlowToCreate(disk, TimeSpan.FromMilliseconds(700)));
        slow!.IsSlow = true;
        for (var i = 0; i < 600; i++)
        {
            await bank.Participant.ApplyAsync(Encoding.UTF8.GetBytes($"{new string('a', 400)}{i} 1"));
        }

        slow.IsSlow = false;
        Assert.Equal(1, await bank.BalanceAsync(new string('a', 400) + "599"));
    }

    [Fact]
    public async Task A_full_disk_votes_no_and_what_is_prepared_still_commits()
    {
        var disk = new MemoryLogStorage { CapacityBytes = 4 * 64 * 1024 };
        await using var bank = await ParticipantProcess.StartAsync(disk);
        ulong last = 0;
        Vote vote;
        do
        {
            Assert.True(++last < 1000, "a full disk never led to a no");
            vote = (await bank.VoteAsync(last, ParticipantProcess.Debit(1))).Vote;
        }
        while (vote == Vote.Yes);
        Assert.True(last > 10, $"only {last} branches fit");
        for (ulong i = 1; i < last; i++)
        {
            Assert.Equal(HttpStatusCode.NoContent, (await bank.CommitAsync(i)).StatusCode);
        }

        Assert.Equal(0, bank.Failures.Count);
        Assert.Equal(1000 - (long)last + 1, await bank.BalanceAsync());
    }

    [Fact]
    public async Task A_replay_that_votes_otherwise_stops_the_start_loudly()
    {
        var bank = await ParticipantProcess.StartAsync();
        await bank.VoteAsync(1, ParticipantProcess.Debit(100));
        var disk = await bank.CrashAsync();
        var store = new StoreDisk();
        var e = await Assert.ThrowsAsync<ParticipantHistoryException>(() => ParticipantProcess.StartAsync(disk, store));
        Assert.Contains("own store", e.Message);
        e = await Assert.ThrowsAsync<ParticipantHistoryException>(() => ParticipantProcess.StartAsync(disk, with: o => o.Name = "other"));
        Assert.Contains("'bank'", e.Message);
    }

    [Fact]
    public async Task Bug11_a_torn_tail_does_not_prevent_the_start_and_damage_below_it_does()
    {
        var bank = await ParticipantProcess.StartAsync();
        for (ulong i = 1; i <= 20; i++)
        {
            await bank.VoteAsync(i, ParticipantProcess.Debit(1));
        }

        await bank.StopAsync();
        var name = bank.Disk.Snapshot().Keys.Min()!;
        var content = bank.Disk.Snapshot()[name];
        content[200] ^= 1;
        bank.Disk.Plant(name, content);
        var e = await Assert.ThrowsAsync<LogDamagedException>(() => ParticipantProcess.StartAsync(bank.Disk));
        Assert.Contains(name, e.Message);

        content[200] ^= 1;
        bank.Disk.Plant(name, content);
        var good = await ParticipantProcess.StartAsync(bank.Disk);
        await good.VoteAsync(21, ParticipantProcess.Debit(1));
        for (var seed = 0; seed < 20; seed++)
        {
            await using var torn = await ParticipantProcess.StartAsync(good.Disk.AsIfCrashed(CrashPlan.RandomSectors(seed)));
            Assert.Equal(21, torn.Participant.Status.InDoubt);
        }

        await good.StopAsync();
    }
}
