using Concordat.Core.Locking;

namespace Concordat.Core.Tests.Locking;

/// <summary>
/// A lock table as one would write it on a blackboard: lists that are searched from the beginning, every wait of everybody for everybody
/// spelt out, cycles found by trying all ways. Where there are several cycles it follows the choice that it is shown, if that is true.
/// </summary>
internal sealed class NaiveLocks(Queue<LockEvent> events)
{
    private readonly SortedDictionary<string, List<Held>> _held = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<Waiting>> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<long, List<Asked>> _asked = [];
    private readonly Dictionary<long, List<string>> _taken = [];
    private readonly HashSet<long> _closed = [];
    private readonly Queue<Asked> _going = new();

    internal List<string> Told { get; } = [];

    internal bool IsClosed(long owner) => _closed.Contains(owner);

    internal LockRequest? LastAskedOf(long owner) => _asked.GetValueOrDefault(owner)?.LastOrDefault()?.Request;

    internal bool HasCycle => _asked.Keys.Any(owner => CycleThrough(owner));

    internal string Show() => string.Join('\n', _held.Where(k => k.Value.Count > 0).Select(k => $"{k.Key} held {string.Join(' ', k.Value.Select(h => $"{h.Owner}{h.Mode}"))}")
        .Concat(_waiting.Where(k => k.Value.Count > 0).Select(k => $"{k.Key} awaited {string.Join(' ', k.Value.Select(w => $"{w.By.Request.Owner.Age}{w.Mode}"))}")));

    internal void Ask(LockRequest request)
    {
        var asked = new Asked(request, [.. request.Wants]);
        var list = _asked.TryGetValue(request.Owner.Age, out var known) ? known : _asked[request.Owner.Age] = [];
        list.Add(asked);
        if (list.Count == 1)
        {
            _going.Enqueue(asked);
        }

        GoOn();
    }

    internal void Withdraw(LockRequest request)
    {
        var list = _asked[request.Owner.Age];
        var asked = list.Single(a => a.Request == request);
        var wasFirst = list[0] == asked;
        list.Remove(asked);
        if (wasFirst)
        {
            Undo(asked);
            StartFirst(request.Owner.Age);
        }

        GoOn();
    }

    internal void End(long owner)
    {
        Close(owner);
        GoOn();
        foreach (var key in _taken.GetValueOrDefault(owner) ?? [])
        {
            _held[key].RemoveAll(h => h.Owner == owner);
            Serve(key);
        }

        _taken.Remove(owner);
        GoOn();
    }

    private List<LockRequest> Close(long owner)
    {
        _closed.Add(owner);
        var list = _asked.GetValueOrDefault(owner) ?? [];
        _asked.Remove(owner);
        if (list.Count > 0)
        {
            Undo(list[0]);
        }

        return [.. list.Select(a => a.Request)];
    }

    private void Undo(Asked asked)
    {
        foreach (var (key, list) in _waiting.Where(w => w.Value.Exists(x => x.By == asked)).ToArray())
        {
            list.RemoveAll(w => w.By == asked);
            Serve(key);
        }

        foreach (var (key, before) in asked.Undo)
        {
            var mine = _held[key].FindIndex(h => h.Owner == asked.Request.Owner.Age);
            if (before is { } mode)
            {
                _held[key][mine] = _held[key][mine] with { Mode = mode };
            }
            else
            {
                _held[key].RemoveAt(mine);
                _taken[asked.Request.Owner.Age].Remove(key);
            }

            Serve(key);
        }
    }

    private void StartFirst(long owner)
    {
        if (_asked[owner] is [var next, ..])
        {
            _going.Enqueue(next);
        }
    }

    private void GoOn()
    {
        while (_going.TryDequeue(out var asked))
        {
            if (!_asked.GetValueOrDefault(asked.Request.Owner.Age, []).Contains(asked) || _waiting.Values.Any(list => list.Exists(w => w.By == asked)))
            {
                continue;
            }

            Go(asked);
        }
    }

    private void Go(Asked asked)
    {
        var owner = asked.Request.Owner.Age;
        while (asked.Rest.Count > 0)
        {
            var (key, mode) = asked.Rest[0];
            var holders = Of(_held, key);
            var queue = Of(_waiting, key);
            var mine = holders.Exists(h => h.Owner == owner);
            if (mine && holders.Single(h => h.Owner == owner).Mode >= mode)
            {
                asked.Rest.RemoveAt(0);
            }
            else if (!holders.Exists(h => h.Owner != owner && Conflict(h.Mode, mode)) && (mine || queue.Count == 0))
            {
                Take(asked);
            }
            else
            {
                queue.Insert(mine ? queue.Count(w => w.IsUpgrade) : queue.Count, new Waiting(asked, mode, mine));
                BreakCycles(owner, asked);
                return;
            }
        }

        _asked[owner].Remove(asked);
        Told.Add($"granted {owner} {asked.Request.GetHashCode()}");
        StartFirst(owner);
    }

    private void BreakCycles(long owner, Asked asked)
    {
        while (_waiting.Values.Any(list => list.Exists(w => w.By == asked)) && CycleThrough(owner))
        {
            while (events.TryPeek(out var next) && next is not DeadlockBroken)
            {
                events.Dequeue();
            }

            Assert.True(events.TryDequeue(out var shown), $"a cycle through {owner} was missed");
            var broken = (DeadlockBroken)shown;
            foreach (var (wait, i) in broken.Cycle.Select((wait, i) => (wait, i)))
            {
                Assert.True(WaitsFor(wait.Waiting.Age).Contains((wait.Key, wait.On.Age)), $"{wait.Waiting.Age} does not wait for {wait.On.Age} at {wait.Key}");
                Assert.Same(wait.On, broken.Cycle[(i + 1) % broken.Cycle.Count].Waiting);
            }

            Assert.Contains(broken.Cycle, wait => wait.Waiting.Age == owner);
            Assert.Equal(broken.Cycle.Max(wait => wait.Waiting.Age), broken.Victim.Age);
            Assert.Equal(Close(broken.Victim.Age), broken.Dropped);
        }
    }

    private void Take(Asked asked)
    {
        var owner = asked.Request.Owner.Age;
        var (key, mode) = asked.Rest[0];
        var holders = Of(_held, key);
        var mine = holders.FindIndex(h => h.Owner == owner);
        asked.Undo.Add((key, mine < 0 ? null : holders[mine].Mode));
        if (mine < 0)
        {
            holders.Add(new Held(owner, mode));
            (_taken.TryGetValue(owner, out var taken) ? taken : _taken[owner] = []).Add(key);
        }
        else
        {
            holders[mine] = new Held(owner, mode);
        }

        asked.Rest.RemoveAt(0);
    }

    /// <summary>From the front, as far as it goes.</summary>
    private void Serve(string key)
    {
        while (Of(_waiting, key) is [var first, ..] queue && !Of(_held, key).Exists(h => h.Owner != first.By.Request.Owner.Age && Conflict(h.Mode, first.Mode)))
        {
            queue.RemoveAt(0);
            Take(first.By);
            _going.Enqueue(first.By);
        }
    }

    /// <summary>Everybody for whom this one waits: who holds the key in a way that conflicts, and who stands before it and conflicts.</summary>
    private List<(string Key, long On)> WaitsFor(long owner)
    {
        var all = new List<(string, long)>();
        foreach (var (key, queue) in _waiting)
        {
            if (queue.FindIndex(w => w.By.Request.Owner.Age == owner) is var at && at >= 0)
            {
                all.AddRange(Of(_held, key).Where(h => h.Owner != owner && Conflict(h.Mode, queue[at].Mode)).Select(h => (key, h.Owner)));
                all.AddRange(queue.Take(at).Where(w => Conflict(w.Mode, queue[at].Mode)).Select(w => (key, w.By.Request.Owner.Age)));
            }
        }

        return all;
    }

    private bool CycleThrough(long start)
    {
        var seen = new HashSet<long>();
        bool Reaches(long from) => WaitsFor(from).Exists(w => w.On == start || (seen.Add(w.On) && Reaches(w.On)));
        return Reaches(start);
    }

    private static bool Conflict(LockMode left, LockMode right) => left == LockMode.Exclusive || right == LockMode.Exclusive;

    private static List<T> Of<T>(SortedDictionary<string, List<T>> lists, string key) => lists.TryGetValue(key, out var list) ? list : lists[key] = [];

    private readonly record struct Held(long Owner, LockMode Mode);

    private readonly record struct Waiting(Asked By, LockMode Mode, bool IsUpgrade);

    private sealed record Asked(LockRequest Request, List<LockWant> Rest)
    {
        internal List<(string Key, LockMode? Before)> Undo { get; } = [];

        public bool Equals(Asked? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}
