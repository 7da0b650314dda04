using Concordat.Core.Recovery;

namespace Concordat.Core.Tests.Locking;

/// <summary>A page of locks costs what its limits allow, however many there are.</summary>
public sealed class LockListingTests
{
    private static readonly Now Now = new(TimeSpan.FromSeconds(1), default);
    private readonly List<Effect> _effects = [];
    private readonly Coordinator _coordinator;

    public LockListingTests()
    {
        _coordinator = new CoordinatorReplay(new CoordinatorOptions { ListScanLimit = 300 }, 1, 1).Finish(new Now(TimeSpan.Zero, default), [5UL], restored: false, _effects);
        _coordinator.Durable(_coordinator.AppendedRecords, Now, _effects);
    }

    [Fact]
    public void Of_a_key_with_very_many_holders_and_waiters_the_first_are_shown_and_how_many_there_are()
    {
        var holders = Enumerable.Range(0, 150).Select(_ => Open()).ToList();
        holders.ForEach(id => Lock(id, "hot", LockMode.Shared));
        var waiters = Enumerable.Range(0, 120).Select(_ => Open()).ToList();
        waiters.ForEach(id => Step(new LockInput(new Nobody(), id, [new("hot", LockMode.Exclusive)], TimeSpan.FromSeconds(10))));
        var only = Assert.Single(List(new LockFilter { Key = "hot" }).Items);
        Assert.Equal((150, 120), (only.HolderCount, only.WaitingCount));
        Assert.Equal(holders.Take(100), only.Holders.Select(holder => holder.Transaction));
        Assert.Equal(waiters.Take(100), only.Waiting.Select(waiter => waiter.Transaction));
    }

    [Fact]
    public void Pages_come_to_all_keys_once_while_some_go()
    {
        var many = Enumerable.Range(0, 900).Select(n =>
        {
            var id = Open();
            Lock(id, $"key/{n:0000}", LockMode.Exclusive);
            return id;
        }).ToList();
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = List(new LockFilter { Limit = 70, Cursor = cursor });
            Assert.True(page.Items.Count <= 70, $"a page of {page.Items.Count}");
            seen.AddRange(page.Items.Select(item => item.Key));
            cursor = page.NextCursor;

            // The last that was shown, and one that was to come, go.
            Step(new RollbackInput(new Nobody(), many[seen.Count - 1]));
            Step(new RollbackInput(new Nobody(), many[Math.Min(seen.Count + 3, 899)]));
        }
        while (cursor is not null);
        Assert.Equal(seen.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), seen);
        Assert.True(seen.Count is > 870 and < 900, $"{seen.Count} of 900 were shown");
    }

    [Fact]
    public void A_transactions_locks_are_found_by_it_and_what_it_awaits_too()
    {
        var (first, second) = (Open(), Open());
        Lock(first, "a", LockMode.Exclusive);
        Lock(second, "b", LockMode.Exclusive);
        Lock(first, "c", LockMode.Shared);
        Step(new LockInput(new Nobody(), first, [new("b", LockMode.Shared)], TimeSpan.FromSeconds(10)));
        Assert.Equal(["a", "b", "c"], List(new LockFilter { Transaction = first }).Items.Select(item => item.Key));
        Assert.Equal(["b"], List(new LockFilter { Transaction = first, WaitingOnly = true }).Items.Select(item => item.Key));
        Assert.Equal(["b"], List(new LockFilter { Transaction = first, Key = "b" }).Items.Select(item => item.Key));
        Assert.Empty(List(new LockFilter { Transaction = second, Key = "a" }).Items);
        var page = List(new LockFilter { Transaction = first, Limit = 2 });
        Assert.Equal(["c"], List(new LockFilter { Transaction = first, Limit = 2, Cursor = page.NextCursor }).Items.Select(item => item.Key));
    }

    private TransactionId Open() => ((TransactionReply)Step(new BeginInput(new Nobody(), BeginMode.Open, new TransactionSpec { Timeout = TimeSpan.FromMinutes(1) }))!).Transaction.Id;

    private void Lock(TransactionId id, string key, LockMode mode) => Step(new LockInput(new Nobody(), id, [new(key, mode)], TimeSpan.Zero));

    private LocksReply List(LockFilter filter) => (LocksReply)Step(new ListLocksInput(new Nobody(), filter))!;

    private Reply? Step(Input input)
    {
        _effects.Clear();
        _coordinator.Step(input, Now, _effects);
        return _effects.OfType<Answer>().FirstOrDefault()?.Reply;
    }

    private sealed class Nobody : Caller;
}
