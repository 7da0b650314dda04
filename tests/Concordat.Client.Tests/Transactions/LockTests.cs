using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Transactions;

/// <summary>Locks through the SDK, at a coordinator in this process.</summary>
public sealed class LockTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("concordat-locks-").FullName;
    private readonly WebApplication _app;

    public LockTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options => options.Storage.Path = _data);
        builder.Services.AddConcordatEngine();
        builder.Services.AddConcordatClient(options => options.Address = new Uri("http://nobody.invalid/")).Http.CallInProcess();
        _app = builder.Build();
        _app.UseConcordatProblems();
        _app.MapConcordat();
    }

    private IConcordatClient Client => _app.Services.GetRequiredService<IConcordatClient>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _app.StartAsync(Cancel);

    [Fact]
    public async Task A_waiter_is_woken_when_the_transaction_before_it_has_ended_and_has_the_higher_token()
    {
        await using var first = await Client.BeginAsync(cancellationToken: Cancel);
        await using var second = await Client.BeginAsync(cancellationToken: Cancel);
        var token = await first.LockAsync("account/alice", LockMode.Exclusive, cancellationToken: Cancel);
        var waiting = second.LockAsync("account/alice", LockMode.Exclusive, TimeSpan.FromMinutes(1), Cancel);
        await WaitForWaiters(1);
        Assert.False(waiting.IsCompleted);
        await first.CommitAsync(Cancel);
        Assert.True(await waiting > token);
    }

    [Fact]
    public async Task A_wait_that_is_too_long_is_its_own_exception_and_the_transaction_goes_on()
    {
        await using var first = await Client.BeginAsync(cancellationToken: Cancel);
        await using var second = await Client.BeginAsync(cancellationToken: Cancel);
        await first.LockAsync("a", LockMode.Shared, cancellationToken: Cancel);
        foreach (var wait in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMilliseconds(20)])
        {
            var timeout = await Assert.ThrowsAsync<LockTimeoutException>(() => second.LockAsync("a", LockMode.Exclusive, wait, Cancel));
            Assert.Equal((true, second.Id), (timeout.IsTransient, timeout.TransactionId));
        }

        await second.LockAsync("a", LockMode.Shared, cancellationToken: Cancel);
        Assert.Equal(Outcome.Committed, (await second.CommitAsync(Cancel)).Outcome);
    }

    [Fact]
    public async Task The_victim_of_a_deadlock_is_told_the_cycle_and_every_later_call_of_it_is_told_so_too()
    {
        await using var elder = await Client.BeginAsync(cancellationToken: Cancel);
        await using var younger = await Client.BeginAsync(cancellationToken: Cancel);
        await elder.LockAsync("a", LockMode.Exclusive, cancellationToken: Cancel);
        await younger.LockAsync("b", LockMode.Exclusive, cancellationToken: Cancel);
        var waiting = elder.LockAsync("b", LockMode.Exclusive, cancellationToken: Cancel);
        await WaitForWaiters(1);
        var victim = await Assert.ThrowsAsync<DeadlockVictimException>(() => younger.LockAsync("a", LockMode.Exclusive, cancellationToken: Cancel));
        Assert.True(victim.IsTransient);
        Assert.Equal(
            [new LockWait(elder.Id, "b", LockMode.Exclusive, younger.Id, Queued: false), new LockWait(younger.Id, "a", LockMode.Exclusive, elder.Id, Queued: false)],
            victim.Cycle.OrderByDescending(wait => wait.WaitsFor, StringComparer.Ordinal));
        await waiting;
        await Assert.ThrowsAsync<DeadlockVictimException>(() => younger.LockAsync("c", LockMode.Exclusive, cancellationToken: Cancel));
        await Client.PutParticipantAsync("bank-a", new ParticipantRequest { Url = "http://127.0.0.1:9/" }, Cancel);
        await Assert.ThrowsAsync<DeadlockVictimException>(() => younger.EnlistAsync("bank-a"));
        var aborted = await Assert.ThrowsAsync<TransactionRolledBackException>(() => younger.CommitAsync(Cancel));
        Assert.Equal(AbortCode.Deadlock, aborted.Reason!.Code);
    }

    [Fact]
    public async Task Who_enlists_in_what_has_aborted_is_told_why()
    {
        await Client.PutParticipantAsync("bank-a", new ParticipantRequest { Url = "http://127.0.0.1:9/" }, Cancel);
        var late = await Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromMilliseconds(50) }, Cancel);
        await Client.WaitAsync(late.Id, TimeSpan.FromSeconds(30), Cancel);
        var aborted = await Assert.ThrowsAsync<TransactionRolledBackException>(() => late.EnlistAsync("bank-a"));
        Assert.Equal(AbortCode.Timeout, aborted.Reason!.Code);
    }

    [Fact]
    public async Task A_deadlock_of_hundreds_is_told_whole()
    {
        const int Length = 400;
        var all = new List<ConcordatTransaction>();
        for (var i = 0; i < Length; i++)
        {
            all.Add(await Client.BeginAsync(cancellationToken: Cancel));
            await all[i].LockAsync($"key/{i}", LockMode.Exclusive, cancellationToken: Cancel);
        }

        // Each waits for the one before it, and at last the first, the eldest, for the youngest.
        var waits = all.Skip(1).Select((transaction, i) => transaction.LockAsync($"key/{i}", LockMode.Exclusive, TimeSpan.FromMinutes(1), Cancel)).ToList();
        await WaitForWaiters(Length - 1);
        var closing = all[0].LockAsync($"key/{Length - 1}", LockMode.Exclusive, TimeSpan.FromMinutes(1), Cancel);
        var victim = await Assert.ThrowsAsync<DeadlockVictimException>(() => waits[^1]);
        Assert.Equal(all.Select(transaction => transaction.Id).ToHashSet(), victim.Cycle.Select(wait => wait.Transaction).ToHashSet());

        // The others go on, one after the other.
        await closing;
        foreach (var transaction in all)
        {
            await transaction.DisposeAsync();
        }

        await Task.WhenAll(waits.SkipLast(1));
    }

    [Fact]
    public async Task Victims_are_run_again_until_all_have_committed()
    {
        string[] keys = ["a", "b", "c"];
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Client.TransactAsync(
            async (transaction, cancel) =>
            {
                Interlocked.Increment(ref runs);
                for (var i = 0; i < 3; i++)
                {
                    // Some begin here and some there: cycles of every length.
                    await transaction.LockAsync(keys[(n + i) % 3], LockMode.Exclusive, cancellationToken: cancel);
                }

                return n;
            },
            attempts: 100, cancellationToken: Cancel)));
        Assert.True(runs > 12, "nobody was a victim: nothing was proved");
        Assert.Empty((await Client.ListLocksAsync(cancellationToken: Cancel)).Items);
    }

    [Fact]
    public async Task Several_are_taken_in_one_order_whatever_order_they_are_named_in_so_nobody_is_a_victim()
    {
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Client.TransactAsync(
            async (transaction, cancel) =>
            {
                Interlocked.Increment(ref runs);
                string[] keys = n % 2 == 0 ? ["a", "b"] : ["b", "a"];
                return await transaction.LockAsync([.. keys.Select(key => new LockItem { Key = key, Mode = LockMode.Exclusive })], cancellationToken: cancel);
            },
            cancellationToken: Cancel)));
        Assert.Equal(20, runs);
    }

    [Fact]
    public async Task The_locks_of_a_client_that_died_go_at_its_deadline()
    {
        // Never disposed: nobody rolls it back.
        var dead = await Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromMilliseconds(300) }, Cancel);
        await dead.LockAsync("a", LockMode.Exclusive, cancellationToken: Cancel);
        await using var living = await Client.BeginAsync(cancellationToken: Cancel);
        await living.LockAsync("a", LockMode.Exclusive, TimeSpan.FromMinutes(1), Cancel);
        Assert.Equal(AbortCode.Timeout, (await Client.GetAsync(dead.Id, Cancel)).Reason!.Code);
    }

    [Fact]
    public async Task The_list_shows_who_holds_and_who_waits()
    {
        await using var first = await Client.BeginAsync(cancellationToken: Cancel);
        await using var second = await Client.BeginAsync(cancellationToken: Cancel);
        var token = await first.LockAsync("a", LockMode.Exclusive, cancellationToken: Cancel);
        await first.LockAsync("b", LockMode.Shared, cancellationToken: Cancel);
        var waiting = second.LockAsync("a", LockMode.Shared, cancellationToken: Cancel);
        await WaitForWaiters(1);
        var only = Assert.Single((await Client.ListLocksAsync(new LockQuery { WaitingOnly = true }, Cancel)).Items);
        Assert.Equal(("a", first.Id, token, second.Id), (only.Key, only.Holders[0].Transaction, only.Holders[0].FencingToken, only.Waiting[0].Transaction));
        Assert.Equal(["a", "b"], (await Client.ListLocksAsync(new LockQuery { Transaction = first.Id }, Cancel)).Items.Select(item => item.Key));
        await first.RollbackAsync(Cancel);
        await waiting;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task WaitForWaiters(int count)
    {
        var limit = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while ((await Client.ListLocksAsync(new LockQuery { WaitingOnly = true, Limit = 1000 }, Cancel)).Items.Sum(item => item.Waiting.Count) != count)
        {
            Assert.True(DateTime.UtcNow < limit, $"{count} requests did not come to wait");
            await Task.Yield();
        }
    }
}
