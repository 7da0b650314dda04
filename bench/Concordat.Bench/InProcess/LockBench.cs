using System.Diagnostics;
using Concordat.Core;
using Concordat.Core.Locking;

namespace Concordat.Bench;

/// <summary>The lock table alone, on one thread: what a lock costs beyond its record in the log and its request.</summary>
internal static class LockBench
{
    internal static Task RunAsync()
    {
        for (var run = 1; run <= 3; run++)
        {
            Uncontended(seconds: 2);
        }

        Held(1_000_000);
        Cycles(length: 100, times: 10_000);
        Hot(owners: 1000, keys: 10, requests: 1_000_000);
        return Task.CompletedTask;
    }

    private static void Uncontended(int seconds)
    {
        var table = new LockTable();
        var keys = Enumerable.Range(0, 10_000).Select(i => $"account/{i}").ToArray();
        var clock = Stopwatch.StartNew();
        var pairs = 0L;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                var owner = new LockOwner(default, pairs++);
                table.Ask(new LockRequest(owner, [new(keys[i], LockMode.Exclusive)], caller: null, default));
                table.TakeEvent();
                table.Close(owner);
                table.Release(owner);
            }
        }

        Console.WriteLine($"locks: {pairs / clock.Elapsed.TotalSeconds:N0} uncontended acquire and release per second");
    }

    private static void Held(int count)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new LockTable();
        var owners = new List<LockOwner>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            if (i % 100 == 0)
            {
                owners.Add(new LockOwner(default, i));
            }

            table.Ask(new LockRequest(owners[^1], [new($"account/{i}", LockMode.Exclusive)], caller: null, default));
            table.TakeEvent();
        }

        var taken = clock.Elapsed;
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        clock.Restart();
        foreach (var owner in owners)
        {
            table.Close(owner);
            table.Release(owner);
        }

        Console.WriteLine($"locks: {count:N0} held by {owners.Count:N0}: taken in {taken.TotalSeconds:0.00} s, {bytes / (double)count:0} bytes each, released in {clock.Elapsed.TotalSeconds:0.00} s");
    }

    /// <summary>The last wait of a ring closes the cycle: from its request to its victim.</summary>
    private static void Cycles(int length, int times)
    {
        var micros = new double[times];
        for (var n = 0; n < times; n++)
        {
            var table = new LockTable();
            var owners = Enumerable.Range(0, length).Select(age => new LockOwner(default, age)).ToArray();
            for (var i = 0; i < length; i++)
            {
                table.Ask(new LockRequest(owners[i], [new($"k{i}", LockMode.Exclusive)], caller: null, default));
                table.TakeEvent();
            }

            for (var i = 0; i < length - 1; i++)
            {
                table.Ask(new LockRequest(owners[i], [new($"k{i + 1}", LockMode.Exclusive)], caller: null, default));
            }

            var last = new LockRequest(owners[^1], [new("k0", LockMode.Exclusive)], caller: null, default);
            var start = Stopwatch.GetTimestamp();
            table.Ask(last);
            micros[n] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (table.TakeEvent() is not DeadlockBroken broken || broken.Cycle.Count != length)
            {
                throw new InvalidOperationException("the cycle was not found");
            }
        }

        Array.Sort(micros);
        Console.WriteLine($"locks: a cycle of {length} is found in {micros[times / 2]:0.0} µs (median), {micros[times * 99 / 100]:0.0} µs (p99), {micros[^1]:0.0} µs (worst of {times:N0})");
    }

    private static void Hot(int owners, int keys, int requests)
    {
        var table = new LockTable();
        var random = new SplitMix64(1);
        var all = Enumerable.Range(0, owners).Select(age => new LockOwner(default, age)).ToArray();
        var longest = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        for (var n = 0; n < requests; n++)
        {
            ref var owner = ref all[random.Next() % (ulong)owners];
            if (owner.Current is not null || owner.IsClosed || owner.HoldCount == 2)
            {
                table.Close(owner);
                table.Release(owner);
                owner = new LockOwner(default, owners + n);
            }
            else
            {
                var start = Stopwatch.GetTimestamp();
                table.Ask(new LockRequest(owner, [new("hot" + (random.Next() % (ulong)keys), LockMode.Exclusive)], caller: null, default));
                var elapsed = Stopwatch.GetElapsedTime(start);
                longest = elapsed > longest ? elapsed : longest;
            }

            while (table.TakeEvent() is not null)
            {
            }
        }

        Console.WriteLine($"locks: {owners:N0} transactions on {keys} hot keys: {requests / clock.Elapsed.TotalSeconds:N0} steps per second, {table.DeadlockCount:N0} deadlocks, {table.Looks / (double)requests:0.0} looks per step, longest request {longest.TotalMilliseconds:0.00} ms");
    }
}
