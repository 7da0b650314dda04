using Concordat.Core.Locking;

namespace Concordat.Core.Tests.Locking;

/// <summary>Each statement of docs/locks.md about the table, by name.</summary>
public sealed class LockTableTests
{
    private readonly LockTable _table = new();
    private readonly LockOwner[] _owners = [.. Enumerable.Range(0, 10).Select(age => new LockOwner(default, age))];

    [Fact]
    public void A_lock_that_is_held_as_strongly_is_granted_at_once()
    {
        Assert.True(IsGranted(Ask(1, "a", LockMode.Exclusive)));
        Ask(2, "a", LockMode.Exclusive);
        Assert.True(IsGranted(Ask(1, "a", LockMode.Exclusive)));
        Assert.True(IsGranted(Ask(1, "a", LockMode.Shared)));
        Assert.Equal(1, _table.HeldCount);
    }

    [Fact]
    public void Shared_locks_are_held_together_and_an_exclusive_one_alone()
    {
        Assert.True(IsGranted(Ask(1, "a", LockMode.Shared)));
        Assert.True(IsGranted(Ask(2, "a", LockMode.Shared)));
        var third = Ask(3, "a", LockMode.Exclusive);
        Release(1);
        Assert.False(IsGranted(third));
        Release(2);
        Assert.True(IsGranted(third));
    }

    [Fact]
    public void Readers_do_not_pass_a_writer_that_waits()
    {
        Ask(1, "a", LockMode.Shared);
        var writer = Ask(2, "a", LockMode.Exclusive);
        var reader = Ask(3, "a", LockMode.Shared);
        Assert.False(IsGranted(reader));
        Release(1);
        Assert.True(IsGranted(writer));
        Assert.False(IsGranted(reader));
        Release(2);
        Assert.True(IsGranted(reader));
    }

    [Fact]
    public void An_upgrade_passes_those_who_wait()
    {
        Ask(1, "a", LockMode.Shared);
        Ask(2, "a", LockMode.Shared);
        var writer = Ask(3, "a", LockMode.Exclusive);
        var upgrade = Ask(1, "a", LockMode.Exclusive);
        Release(2);
        Assert.True(IsGranted(upgrade));
        Assert.False(IsGranted(writer));
    }

    [Fact]
    public void Two_upgrades_of_one_key_are_a_deadlock()
    {
        Ask(1, "a", LockMode.Shared);
        Ask(2, "a", LockMode.Shared);
        Ask(1, "a", LockMode.Exclusive);
        Ask(2, "a", LockMode.Exclusive);
        Assert.Equal(2, Broken().Victim.Age);
    }

    [Fact]
    public void The_youngest_of_the_cycle_is_the_victim_and_the_cycle_is_named()
    {
        Ask(3, "a", LockMode.Exclusive);
        Ask(1, "b", LockMode.Exclusive);
        Ask(2, "c", LockMode.Exclusive);
        Ask(3, "b", LockMode.Exclusive);
        Ask(1, "c", LockMode.Exclusive);
        var last = Ask(2, "a", LockMode.Exclusive);
        var broken = Broken();
        Assert.Equal(3, broken.Victim.Age);
        Assert.Equal([(2L, "a", 3L), (3L, "b", 1L), (1L, "c", 2L)], broken.Cycle.Select(w => (w.Waiting.Age, w.Key, w.On.Age)));
        Assert.False(IsGranted(last), "I17: the victim's locks are held until it has ended");
        Release(3);
        Assert.True(IsGranted(last));
    }

    [Fact]
    public void Several_keys_are_taken_all_or_none()
    {
        Ask(1, "b", LockMode.Exclusive);
        Ask(2, "c", LockMode.Shared);
        var both = new LockRequest(_owners[2], [new("c", LockMode.Exclusive), new("b", LockMode.Shared), new("a", LockMode.Shared)], null, default);
        _table.Ask(both);
        var other = Ask(3, "a", LockMode.Exclusive);
        Assert.False(IsGranted(other));
        _table.Withdraw(both);
        Assert.True(IsGranted(other));
        Assert.Equal(["a", "b", "c"], _table.Keys.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(LockMode.Shared, _table.Keys["c"].FirstHold!.Mode);
    }

    [Fact]
    public void A_thousand_transactions_on_ten_hot_keys_cost_little_to_look_at()
    {
        var random = new SplitMix64(1);
        var owners = Enumerable.Range(0, 1000).Select(age => new LockOwner(default, age)).ToArray();
        var asked = 0;
        for (var round = 0; round < 10; round++)
        {
            foreach (var owner in owners.Where(o => !o.IsClosed && o.Current is null))
            {
                _table.Ask(new LockRequest(owner, [new("k" + random.Next() % 10, LockMode.Exclusive)], null, default));
                asked++;
            }
        }

        Assert.True(_table.Looks < asked * 200, $"{_table.Looks} looks for {asked} requests");
        Assert.True(_table.DeadlockCount > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chain_of_ten_thousand_waiters_costs_each_of_them_little(bool fromItsEnd)
    {
        const int Length = 10_000;
        var owners = Enumerable.Range(0, Length).Select(age => new LockOwner(default, age)).ToArray();
        for (var i = 0; i < Length; i++)
        {
            _table.Ask(new LockRequest(owners[i], [new($"k{i}", LockMode.Exclusive)], null, default));
        }

        for (var n = 1; n < Length; n++)
        {
            var i = fromItsEnd ? Length - n : n;
            _table.Ask(new LockRequest(owners[i], [new($"k{i - 1}", LockMode.Exclusive)], null, default));
        }

        Assert.Equal(Length - 1, _table.WaitingCount);
        Assert.True(_table.Looks < Length * 20, $"{_table.Looks} looks");
        _table.Ask(new LockRequest(owners[0], [new($"k{Length - 1}", LockMode.Exclusive)], null, default));
        Assert.Equal(Length, Broken().Cycle.Count);
    }

    [Fact]
    public void Ten_thousand_who_wait_for_one_key_cost_each_of_them_little()
    {
        var owners = Enumerable.Range(0, 10_000).Select(age => new LockOwner(default, age)).ToArray();
        foreach (var owner in owners)
        {
            _table.Ask(new LockRequest(owner, [new("hot", owner.Age % 3 == 0 ? LockMode.Shared : LockMode.Exclusive)], null, default));
        }

        Assert.True(_table.Looks < 200_000, $"{_table.Looks} looks");
        foreach (var owner in owners)
        {
            Assert.Null(owner.Current);
            _table.Close(owner);
            _table.Release(owner);
        }

        Assert.Empty(_table.Keys);
    }

    [Fact]
    public void Who_is_awaited_by_thousands_pays_for_none_of_them_when_it_waits_for_somebody_who_runs()
    {
        var (runs, awaited) = (new LockOwner(default, 0), new LockOwner(default, 1));
        _table.Ask(new LockRequest(runs, [new("busy", LockMode.Exclusive)], null, default));
        _table.Ask(new LockRequest(awaited, [new("hot", LockMode.Exclusive)], null, default));
        for (var age = 2; age < 10_000; age++)
        {
            _table.Ask(new LockRequest(new LockOwner(default, age), [new("hot", LockMode.Shared)], null, default));
        }

        var before = _table.Looks;
        for (var i = 0; i < 100; i++)
        {
            var request = new LockRequest(awaited, [new("busy", LockMode.Shared)], null, default);
            _table.Ask(request);
            _table.Withdraw(request);
        }

        Assert.True(_table.Looks - before < 1000, $"{_table.Looks - before} looks");
    }

    private LockRequest Ask(int owner, string key, LockMode mode)
    {
        var request = new LockRequest(_owners[owner], [new(key, mode)], null, default);
        _table.Ask(request);
        return request;
    }

    private void Release(int owner)
    {
        _table.Close(_owners[owner]);
        _table.Release(_owners[owner]);
    }

    private static bool IsGranted(LockRequest request) => request.TakenCount == request.Wants.Length;

    private DeadlockBroken Broken()
    {
        while (_table.TakeEvent() is { } next)
        {
            if (next is DeadlockBroken broken)
            {
                return broken;
            }
        }

        throw new InvalidOperationException("no deadlock was found");
    }
}
