using Concordat.Core.Locking;
using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Locking;

/// <summary>Random lives of a lock table beside <see cref="NaiveLocks"/>: after every step both hold and await the same, and say the same.</summary>
public sealed class LockPropertyTests
{
    [Fact]
    public void The_lock_table_does_what_the_naive_one_does()
    {
        var deadlocks = 0L;
        Check(length: 60, life => deadlocks += new Life(owners: 6, keys: 4).Live(life));
        Assert.True(deadlocks > 20, $"only {deadlocks} deadlocks: nothing was proved of them");
    }

    [Fact]
    public void Among_many_owners_on_few_keys_no_cycle_is_missed_and_none_is_made_up()
    {
        var deadlocks = 0L;
        Check(length: 200, life => deadlocks += new Life(owners: 40, keys: 12).Live(life));
        Assert.True(deadlocks > 20, $"only {deadlocks} deadlocks: nothing was proved of them");
    }

    private static void Check(int length, Action<int[]> live)
    {
        var most = Environment.GetEnvironmentVariable("CONCORDAT_LONG") is null ? 300 : 20_000;
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ArrayOf(length).ToArbitrary(), live).Check(Config.QuickThrowOnFailure.WithMaxTest(most));
    }

    private sealed class Life(int owners, int keys)
    {
        private readonly LockOwner?[] _owners = new LockOwner?[owners];
        private readonly Queue<LockEvent> _events = new();
        private readonly List<string> _told = [];
        private LockTable _table = new();
        private NaiveLocks _naive = null!;
        private long _age;

        internal long Live(int[] life)
        {
            _naive = new NaiveLocks(_events);
            var deadlocks = 0L;
            foreach (var step in life)
            {
                var before = _table.DeadlockCount;
                Step(step % 16, step / 16);
                deadlocks += Math.Max(_table.DeadlockCount - before, 0);
                Compare();
            }

            for (var i = 0; i < owners; i++)
            {
                End(i);
                Compare();
            }

            Assert.Equal((0, 0, 0, 0), (_table.HeldCount, _table.WaitingCount, _table.AskedCount, _table.Keys.Count));
            return deadlocks;
        }

        private void Step(int kind, int argument)
        {
            var at = argument % owners;
            argument /= owners;
            switch (kind)
            {
                case < 10 when _owners[at] is not { IsClosed: true }:
                    Ask(_owners[at] ??= new LockOwner(default, ++_age), argument);
                    break;
                case < 12 when _owners[at] is { } owner && _naive.LastAskedOf(owner.Age) is { } last:
                    _table.Withdraw(last);
                    TakeEvents();
                    _naive.Withdraw(last);
                    break;
                case < 15:
                    End(at);
                    break;
                case 15 when argument % 8 == 0:
                    Restart();
                    break;
            }
        }

        private void Ask(LockOwner owner, int argument)
        {
            var wants = new List<LockWant>();
            for (var i = 0; i < 1 + (argument % 7 / 4); i++)
            {
                argument /= 3;
                wants.Add(new("k" + (argument % keys), argument / keys % 3 == 0 ? LockMode.Shared : LockMode.Exclusive));
                argument = (argument / 5) ^ (argument << 7 & int.MaxValue);
            }

            var request = new LockRequest(owner, wants, caller: null, default);
            _table.Ask(request);
            TakeEvents();
            _naive.Ask(request);
        }

        private void End(int at)
        {
            if (_owners[at] is { } owner)
            {
                _table.Close(owner);
                _table.Release(owner);
                TakeEvents();
                _naive.End(owner.Age);
                _owners[at] = null;
            }
        }

        /// <summary>Waits are forgotten, what was answered is held. What a request that waits had taken by then was answered to nobody.</summary>
        private void Restart()
        {
            foreach (var owner in _owners.OfType<LockOwner>().Where(o => !o.IsClosed))
            {
                while (_naive.LastAskedOf(owner.Age) is { } last)
                {
                    _table.Withdraw(last);
                    TakeEvents();
                    _naive.Withdraw(last);
                }
            }

            var table = new LockTable();
            for (var i = 0; i < owners; i++)
            {
                if (_owners[i] is { } old)
                {
                    var owner = new LockOwner(old.Id, old.Age) { IsClosed = old.IsClosed };
                    for (var hold = old.FirstHold; hold is not null; hold = hold.NextOfOwner)
                    {
                        Assert.NotNull(table.Restore(owner, hold.Key.Name, hold.Mode));
                    }

                    _owners[i] = owner;
                }
            }

            Assert.Equal(_table.HeldCount, table.HeldCount);
            _table = table;
        }

        private void TakeEvents()
        {
            while (_table.TakeEvent() is { } next)
            {
                if (next is LocksGranted { Request: var r })
                {
                    _told.Add($"granted {r.Owner.Age} {r.GetHashCode()}");
                }

                _events.Enqueue(next);
            }
        }

        private void Compare()
        {
            Assert.DoesNotContain(_events, left => left is DeadlockBroken);
            _events.Clear();
            Assert.Equal(_naive.Told, _told);
            _naive.Told.Clear();
            _told.Clear();
            Assert.False(_naive.HasCycle, "a cycle is left standing");
            Assert.Equal(Sorted(_naive.Show()), Sorted(Show()));
        }

        /// <summary>Holders of a key stand in no order that matters; those who wait do.</summary>
        private static IEnumerable<string> Sorted(string shown) => shown.Split('\n').Select(line =>
            line.Contains(" held ", StringComparison.Ordinal) ? string.Join(' ', line.Split(' ').Order(StringComparer.Ordinal)) : line);

        private string Show()
        {
            var lines = new List<string>();
            foreach (var key in _table.Keys.Values.Where(k => k.FirstHold is not null).OrderBy(k => k.Name, StringComparer.Ordinal))
            {
                var line = $"{key.Name} held";
                for (var hold = key.FirstHold; hold is not null; hold = hold.NextOfKey)
                {
                    line += $" {hold.Owner.Age}{hold.Mode}";
                }

                lines.Add(line);
            }

            foreach (var key in _table.Keys.Values.Where(k => k.FirstGroup is not null).OrderBy(k => k.Name, StringComparer.Ordinal))
            {
                var line = $"{key.Name} awaited";
                for (var group = key.FirstGroup; group is not null; group = group.Next)
                {
                    for (var request = group.First; request is not null; request = request.Next)
                    {
                        line += $" {request.Owner.Age}{request.Awaited.Mode}";
                    }
                }

                lines.Add(line);
            }

            return string.Join('\n', lines);
        }
    }
}
