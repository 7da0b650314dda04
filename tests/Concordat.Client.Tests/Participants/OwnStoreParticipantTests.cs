using System.Net;

namespace Concordat.Client.Tests.Participants;

public sealed class OwnStoreParticipantTests
{
    private readonly StoreDisk _store = new();

    [Fact]
    public async Task A_branch_is_prepared_committed_and_acknowledged_again_without_the_store()
    {
        await using var process = await ParticipantProcess.StartAsync(store: _store);
        Assert.Equal(Vote.Yes, (await process.VoteAsync(1, Operations.Of("x"))).Vote);
        Assert.Equal(HttpStatusCode.NoContent, (await process.CommitAsync(1)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await process.CommitAsync(1)).StatusCode);
        Assert.Equal(["prepare", "commit"], _store.Calls);
    }

    [Fact]
    public async Task Bug5_a_crash_between_the_stores_commit_and_its_record_commits_again_and_applies_once()
    {
        var hang = new TaskCompletionSource();
        _store.After = (what, _) => what == "commit" ? hang.Task : Task.CompletedTask;
        var process = await ParticipantProcess.StartAsync(store: _store);
        await process.VoteAsync(1, Operations.Of("x"));
        var lost = process.CommitAsync(1);
        await Wait.UntilAsync(() => _store.Applied == 1, "the store commits");
        var disk = await process.CrashAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () => (await lost).EnsureSuccessStatusCode());
        hang.SetResult();

        await using var again = await ParticipantProcess.StartAsync(disk, _store);
        Assert.Equal(HttpStatusCode.NoContent, (await again.CommitAsync(1)).StatusCode);
        Assert.Equal(["prepare", "commit", "commit"], _store.Calls);
        Assert.Equal(1, _store.Applied);
    }

    [Fact]
    public async Task AC5_what_the_store_prepared_and_no_vote_was_given_for_is_undone_after_a_restart()
    {
        var hang = new TaskCompletionSource();
        _store.After = (what, _) => what == "prepare" ? hang.Task : Task.CompletedTask;
        var process = await ParticipantProcess.StartAsync(store: _store);
        var lost = process.PrepareAsync(1, Operations.Of("x"));
        await Wait.UntilAsync(() => !_store.Branches.IsEmpty, "the store prepares");
        var disk = await process.CrashAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () => (await lost).EnsureSuccessStatusCode());
        hang.SetResult();

        await using var again = await ParticipantProcess.StartAsync(disk, _store);
        await Wait.UntilAsync(() => _store.Branches.IsEmpty, "the restart rolls the orphan back");
        Assert.Equal(HttpStatusCode.Conflict, (await again.PrepareAsync(1, Operations.Of("x"))).StatusCode);
    }

    [Fact]
    public async Task An_exception_of_prepare_is_a_500_and_the_repetition_votes()
    {
        var fail = true;
        _store.Before = (_, _) => fail ? throw new TimeoutException("store is down") : Task.CompletedTask;
        await using var process = await ParticipantProcess.StartAsync(store: _store);
        using var response = await process.PrepareAsync(1, Operations.Of("x"));
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("store is down", await response.Content.ReadAsStringAsync());
        fail = false;
        Assert.Equal(Vote.Yes, (await process.VoteAsync(1, Operations.Of("x"))).Vote);
    }

    [Fact]
    public async Task A_store_that_lost_its_promise_is_a_410()
    {
        await using var process = await ParticipantProcess.StartAsync(store: _store);
        await process.VoteAsync(1, Operations.Of("x"));
        _store.Branches.Clear();
        Assert.Equal(HttpStatusCode.Gone, (await process.CommitAsync(1)).StatusCode);
    }

    [Fact]
    public async Task Hanging_prepares_do_not_hold_up_commits()
    {
        var hang = new TaskCompletionSource();
        await using var process = await ParticipantProcess.StartAsync(store: _store, with: o => o.MaxConcurrentCalls = 2);
        await process.VoteAsync(1, Operations.Of("x"));
        _store.Before = (what, ct) => what == "prepare" ? hang.Task.WaitAsync(ct) : Task.CompletedTask;
        var hanging = Enumerable.Range(2, 6).Select(i => process.PrepareAsync((ulong)i, Operations.Of("x"))).ToList();
        await Wait.UntilAsync(() => _store.Calls.Count == 3, "two prepares hang");
        Assert.Equal(HttpStatusCode.NoContent, (await Wait.ForAsync(process.CommitAsync(1), "the commit")).StatusCode);
        hang.SetResult();
        await Task.WhenAll(hanging);
    }

    [Fact]
    public async Task A_rollback_that_races_a_prepare_leaves_nothing_prepared()
    {
        var hang = new TaskCompletionSource();
        _store.Before = (what, ct) => what == "prepare" ? hang.Task.WaitAsync(ct) : Task.CompletedTask;
        await using var process = await ParticipantProcess.StartAsync(store: _store);
        var prepare = process.PrepareAsync(1, Operations.Of("x"));
        await Wait.UntilAsync(() => _store.Calls.Count == 1, "the prepare runs");
        var rollback = process.RollbackAsync(1);
        hang.SetResult();
        Assert.Contains((await prepare).StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict });
        Assert.Equal(HttpStatusCode.NoContent, (await rollback).StatusCode);
        Assert.Empty(_store.Branches);
        Assert.Equal(0, process.Participant.Status.Unfinished);
    }

    [Fact]
    public async Task Local_changes_are_for_logged_resource_managers()
    {
        await using var process = await ParticipantProcess.StartAsync(store: _store);
        await Assert.ThrowsAsync<NotSupportedException>(() => process.Participant.ApplyAsync(new byte[1]));
    }
}
