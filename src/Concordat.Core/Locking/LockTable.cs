namespace Concordat.Core.Locking;

/// <summary>
/// Who holds which key, and who waits for whom. Pure: no time, no randomness; the same calls give the same events. After every call the
/// events are taken with <see cref="TakeEvent"/>.
/// <list type="bullet">
/// <item>A lock that is held as strongly already is granted at once. Shared to exclusive is an upgrade, and passes all that wait.</item>
/// <item>Otherwise first come, first served: a shared request does not pass an exclusive one that waits.</item>
/// <item>A wait that closes a cycle is never left standing: the youngest of the cycle loses what it asked for.</item>
/// </list>
/// </summary>
internal sealed class LockTable
{
    private readonly Dictionary<string, LockKey> _keys = new(StringComparer.Ordinal);
    private readonly Queue<LockRequest> _going = new();
    private readonly Queue<LockEvent> _events = new();
    private readonly DeadlockSearch _search = new();
    private readonly KeyOrder _order = new();

    /// <summary>Keys held, by each of their holders.</summary>
    internal int HeldCount { get; private set; }

    /// <summary>What they take in a checkpoint, about.</summary>
    internal long HeldBytes { get; private set; }

    internal int WaitingCount { get; private set; }

    /// <summary>Keys that requests ask for which are not over.</summary>
    internal int AskedCount { get; private set; }

    internal long DeadlockCount { get; private set; }

    internal long Looks => _search.Looks;

    internal IReadOnlyDictionary<string, LockKey> Keys => _keys;

    /// <summary>The first key with a higher number; the others follow it by <see cref="LockKey.Next"/>, in the order in which they were first asked for.</summary>
    internal LockKey? FirstAfter(long number) => _order.FirstAfter(number);

    /// <summary>Asks. The owner is not closed.</summary>
    internal void Ask(LockRequest request)
    {
        var owner = request.Owner;
        ProtocolViolationException.ThrowUnless(!owner.IsClosed, $"{owner.Id} asks for locks, and is past that");
        AskedCount += request.Wants.Length;
        if (owner.Current is not null)
        {
            (owner.Behind ??= new()).Enqueue(request);
            return;
        }

        owner.Current = request;
        _going.Enqueue(request);
        GoOn();
    }

    /// <summary>Takes back a request that is not complete, with whatever of it was taken.</summary>
    internal void Withdraw(LockRequest request)
    {
        var owner = request.Owner;
        if (owner.Current != request)
        {
            owner.Behind = new(owner.Behind!.Where(other => other != request));
            AskedCount -= request.Wants.Length;
            return;
        }

        Drop(request);
        NextOf(owner);
        GoOn();
    }

    /// <summary>The owner asks for nothing more. What it waited for is taken back, and returned.</summary>
    internal IReadOnlyList<LockRequest> Close(LockOwner owner)
    {
        var dropped = CloseOwner(owner);
        GoOn();
        return dropped;
    }

    /// <summary>Gives up all that the owner holds. It is closed.</summary>
    internal void Release(LockOwner owner)
    {
        ProtocolViolationException.ThrowUnless(owner is { IsClosed: true, Current: null }, $"{owner.Id} releases its locks, and waits for one");
        while (owner.FirstHold is { } hold)
        {
            Let(hold);
        }

        GoOn();
    }

    /// <summary>Puts back what a log or a checkpoint shows to be held.</summary>
    /// <returns>Null where somebody else holds it.</returns>
    internal Hold? Restore(LockOwner owner, string key, LockMode mode)
    {
        var at = KeyOf(key);
        if (at.FindHold(owner) is { } known)
        {
            known.Mode = mode > known.Mode ? mode : known.Mode;
            return known.Mode == LockMode.Shared || at.HoldCount == 1 ? known : null;
        }

        if (at.FirstHold is not null && (mode == LockMode.Exclusive || at.IsHeldExclusively))
        {
            return null;
        }

        HeldCount++;
        HeldBytes += BytesOf(at);
        return at.AddHold(owner, mode);
    }

    internal LockEvent? TakeEvent() => _events.TryDequeue(out var next) ? next : null;

    /// <summary>Requests go on to their next keys until all wait or are complete. In a loop: grants lead to grants.</summary>
    private void GoOn()
    {
        while (_going.TryDequeue(out var request))
        {
            if (request.Owner.Current == request && request.Group is null)
            {
                TakeNextKeys(request);
            }
        }
    }

    private void TakeNextKeys(LockRequest request)
    {
        for (; request.TakenCount < request.Wants.Length; request.TakenCount++)
        {
            var key = KeyOf(request.Awaited.Key);
            var held = key.FindHold(request.Owner);
            if (held is not null && held.Mode >= request.Awaited.Mode)
            {
                continue;
            }

            var isFree = held is not null ? key.HoldCount == 1
                : key.FirstGroup is null && (key.FirstHold is null || (request.Awaited.Mode == LockMode.Shared && !key.IsHeldExclusively));
            if (!isFree && request.NeverWaits)
            {
                Drop(request);
                _events.Enqueue(new LocksNotFree(request, key.Name));
                NextOf(request.Owner);
                return;
            }

            if (!isFree)
            {
                key.Enqueue(request, isUpgrade: held is not null);
                WaitingCount++;
                BreakCycles(request);
                return;
            }

            Take(key, request, held);
        }

        AskedCount -= request.Wants.Length;
        _events.Enqueue(new LocksGranted(request));
        NextOf(request.Owner);
    }

    private void Take(LockKey key, LockRequest request, Hold? held)
    {
        if (held is null)
        {
            HeldCount++;
            HeldBytes += BytesOf(key);
        }

        var hold = held ?? key.AddHold(request.Owner, request.Awaited.Mode);
        hold.Mode = request.Awaited.Mode;
        request.Taken.Add(new Taken(hold, hold.Mode, WasShared: held is not null));
    }

    private void NextOf(LockOwner owner)
    {
        owner.Current = owner.Behind is { Count: > 0 } behind ? behind.Dequeue() : null;
        if (owner.Current is { } next)
        {
            _going.Enqueue(next);
        }
    }

    /// <summary>One wait may close several cycles at once, where many hold a key together.</summary>
    private void BreakCycles(LockRequest request)
    {
        while (request.Group is not null && _search.Find(request.Owner) is { } cycle)
        {
            var victim = cycle[0].Waiting;
            foreach (var wait in cycle)
            {
                victim = wait.Waiting.Age > victim.Age ? wait.Waiting : victim;
            }

            DeadlockCount++;
            _events.Enqueue(new DeadlockBroken(victim, CloseOwner(victim), cycle));
        }
    }

    private List<LockRequest> CloseOwner(LockOwner owner)
    {
        owner.IsClosed = true;
        var dropped = new List<LockRequest>();
        if (owner.Current is { } current)
        {
            Drop(current);
            dropped.Add(current);
            foreach (var behind in owner.Behind ?? [])
            {
                AskedCount -= behind.Wants.Length;
                dropped.Add(behind);
            }
        }

        owner.Current = null;
        owner.Behind = null;
        return dropped;
    }

    /// <summary>None of its keys: what it took goes back to what it was.</summary>
    private void Drop(LockRequest request)
    {
        AskedCount -= request.Wants.Length;
        if (request.Group is { } group)
        {
            group.Key.Dequeue(request);
            WaitingCount--;
            Grant(group.Key);
        }

        foreach (var (hold, _, wasShared) in request.Taken)
        {
            if (wasShared)
            {
                hold.Mode = LockMode.Shared;
                Grant(hold.Key);
            }
            else
            {
                Let(hold);
            }
        }

        request.Taken.Clear();
    }

    private void Let(Hold hold)
    {
        hold.Key.RemoveHold(hold);
        HeldCount--;
        HeldBytes -= BytesOf(hold.Key);
        Grant(hold.Key);
    }

    /// <summary>Gives the key to the first groups that can have it, and forgets it where nobody is left.</summary>
    private void Grant(LockKey key)
    {
        while (key.FirstGroup is { } group && (group.IsUpgrade ? key.HoldCount == 1 : key.FirstHold is null || (group.Mode == LockMode.Shared && !key.IsHeldExclusively)))
        {
            while (group.First is { } request)
            {
                group.Remove(request);
                key.WaitingCount--;
                WaitingCount--;
                Take(key, request, group.IsUpgrade ? key.FirstHold : null);
                request.TakenCount++;
                _going.Enqueue(request);
            }

            key.Remove(group);
        }

        if (key.IsFree)
        {
            Forget(key);
        }
    }

    private LockKey KeyOf(string name)
    {
        if (!_keys.TryGetValue(name, out var key))
        {
            _keys.Add(name, key = new LockKey(name));
            _order.Add(key);
        }

        return key;
    }

    private void Forget(LockKey key)
    {
        _keys.Remove(key.Name);
        _order.Remove(key);
    }

    private static long BytesOf(LockKey key) => (key.Name.Length * 3) + 24;
}
