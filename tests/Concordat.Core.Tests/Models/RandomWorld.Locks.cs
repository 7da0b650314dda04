using Concordat.Core.Records;

namespace Concordat.Core.Tests.Models;

/// <summary>Transactions lock a few keys, in any order, in one call or in several, some of them for longer than the coordinator lives.</summary>
internal sealed partial class RandomWorld
{
    /// <summary>The highest token that anybody was told for a key, over all starts, and whose it is.</summary>
    private readonly Dictionary<string, (long Token, TransactionId Of, LockMode Mode)> _tokens = [];

    /// <summary>What was granted since the coordinator started.</summary>
    private readonly Dictionary<TransactionId, HashSet<string>> _granted = [];

    private readonly List<TransactionId> _opened = [];

    internal int Deadlocks { get; private set; }

    internal int Grants { get; private set; }

    private LockWant[] SomeLocks() =>
        [.. Enumerable.Range(0, 1 + Below(2)).Select(_ => new LockWant("key" + Below(4), Chance(3) ? LockMode.Shared : LockMode.Exclusive))];

    private void NoteOpened(Begun begun)
    {
        if (begun.Header.Opened)
        {
            _opened.Add(begun.Id);
        }
    }

    private void LockSome()
    {
        if (_opened.Count == 0)
        {
            return;
        }

        var id = _opened[^(1 + Below(Math.Min(_opened.Count, 3)))];
        var wants = SomeLocks();
        _harness.Step(new LockInput(new WorldCaller(id) { Wants = wants }, id, wants, Chance(6) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Below(4000))));
    }

    private void LockAnswered(WorldCaller caller, Reply reply)
    {
        if (reply is not LockReply { FencingToken: var token })
        {
            return;
        }

        Grants++;
        var id = caller.Asked!.Value;
        foreach (var (key, mode) in caller.Wants!)
        {
            var (last, of, how) = _tokens.GetValueOrDefault(key);
            var mayShare = of == id || (mode == LockMode.Shared && how == LockMode.Shared);
            Assert.True(token > last || mayShare, $"fencing: {id} has token {token} for {key}, and {of} had {last}");
            if (token > last)
            {
                _tokens[key] = (token, id, mode);
            }

            (_granted.TryGetValue(id, out var keys) ? keys : _granted[id] = []).Add(key);
        }
    }

    /// <summary>What is prepared under a lock must not outlive it.</summary>
    private void LocksAreDurable(Call call)
    {
        if (call.Kind is not (CallKind.Prepare or CallKind.OnePhase) || !_granted.TryGetValue(call.Key.Transaction, out var keys))
        {
            return;
        }

        var onRecord = _harness.Log.Take(_harness.DurableCount).Select(entry => entry.Record).OfType<Locked>()
            .Where(r => r.Id == call.Key.Transaction).SelectMany(r => r.Locks).Select(l => l.Key).ToHashSet();
        Assert.True(keys.IsSubsetOf(onRecord), $"I17: {call.Key} is asked to prepare, and its locks on {string.Join(' ', keys.Except(onRecord))} are not durable");
    }

    private void JudgeLocks() => Assert.Equal((0, 0), (_harness.Coordinator.Counts.LocksHeld, _harness.Coordinator.Counts.LocksWaiting));

    void Simulation.IWorld.Reported(Effect effect)
    {
        if (effect is DeadlockFound found)
        {
            Deadlocks++;
            Assert.Contains(found.Cycle, wait => wait.Transaction == found.Victim);
        }
    }
}
