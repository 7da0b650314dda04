namespace Concordat.Core.Locking;

/// <summary>
/// Looks for a cycle of waits through one transaction, at the moment its wait begins. No other moment can close one: a grant gives
/// nobody a new reason to wait, and an upgrade that passes others makes them wait for itself only.
/// <para>
/// It looks both ways at once, for whom the transaction waits and who waits for it, each time in the direction that has cost less so
/// far. The one that comes to its end first proves that there is no cycle. So whoever nobody waits for, or who waits for somebody that
/// runs, costs next to nothing, however long the chains are.
/// </para>
/// </summary>
internal sealed class DeadlockSearch
{
    private readonly Queue<LockOwner> _forwards = new();
    private readonly Queue<LockOwner> _backwards = new();
    private long _search;
    private LockOwner _start = null!;
    private LockOwner? _end;
    private long _forwardCost, _backwardCost;

    /// <summary>How many waits and holds were looked at, over all searches.</summary>
    internal long Looks { get; private set; }

    /// <summary>A shortest cycle that begins with this transaction, or null.</summary>
    internal List<DeadlockWait>? Find(LockOwner start)
    {
        _search++;
        _start = start;
        _end = null;
        _forwardCost = _backwardCost = 0;
        _forwards.Clear();
        _backwards.Clear();
        _forwards.Enqueue(start);
        _backwards.Enqueue(start);
        List<DeadlockWait>? cycle = null;
        while (_forwards.Count > 0 && _backwards.Count > 0 && cycle is null)
        {
            if (_backwardCost <= _forwardCost)
            {
                Backwards(_backwards.Dequeue());
                cycle = _end is null ? null : FromBackwards();
            }
            else
            {
                Forwards(_forwards.Dequeue());
                cycle = _end is null ? null : FromForwards();
            }
        }

        Looks += _forwardCost + _backwardCost;
        return cycle;
    }

    /// <summary>For whom it waits: the group before its own, or the holders.</summary>
    private void Forwards(LockOwner owner)
    {
        _forwardCost++;
        if (owner.Current?.Group is not { } group)
        {
            return;
        }

        if (group.Previous is { } before)
        {
            for (var request = before.First; request is not null; request = request.Next)
            {
                MeetForwards(request.Owner, owner);
            }

            return;
        }

        for (var hold = group.Key.FirstHold; hold is not null; hold = hold.NextOfKey)
        {
            if (hold.Owner != owner)
            {
                MeetForwards(hold.Owner, owner);
            }
        }
    }

    /// <summary>Who waits for it: the group behind its own, and the first group of every key that it holds.</summary>
    private void Backwards(LockOwner owner)
    {
        _backwardCost++;
        MeetBackwards(owner.Current?.Group?.Next, owner);
        for (var hold = owner.FirstHold; hold is not null; hold = hold.NextOfOwner)
        {
            _backwardCost++;
            MeetBackwards(hold.Key.FirstGroup, owner);
        }
    }

    private void MeetForwards(LockOwner met, LockOwner from)
    {
        _forwardCost++;
        if (met == _start)
        {
            _end ??= from;
        }
        else if (met.Forward.Search != _search)
        {
            met.Forward = new SearchMark(_search, from);
            _forwards.Enqueue(met);
        }
    }

    private void MeetBackwards(WaitGroup? group, LockOwner from)
    {
        for (var request = group?.First; request is not null; request = request.Next)
        {
            _backwardCost++;
            var met = request.Owner;
            if (met == from)
            {
                // Its own upgrade waits for the others who hold the key, not for itself.
                continue;
            }

            if (met == _start)
            {
                _end ??= from;
            }
            else if (met.Backward.Search != _search)
            {
                met.Backward = new SearchMark(_search, from);
                _backwards.Enqueue(met);
            }
        }
    }

    /// <summary>The last one met waits for the start.</summary>
    private List<DeadlockWait> FromForwards()
    {
        var owners = new List<LockOwner>();
        for (var owner = _end!; owner != _start; owner = owner.Forward.From!)
        {
            owners.Add(owner);
        }

        owners.Add(_start);
        owners.Reverse();
        return Waits(owners);
    }

    /// <summary>The start waits for the last one met.</summary>
    private List<DeadlockWait> FromBackwards()
    {
        var owners = new List<LockOwner> { _start };
        for (var owner = _end!; owner != _start; owner = owner.Backward.From!)
        {
            owners.Add(owner);
        }

        return Waits(owners);
    }

    private static List<DeadlockWait> Waits(List<LockOwner> owners)
    {
        var waits = new List<DeadlockWait>(owners.Count);
        for (var i = 0; i < owners.Count; i++)
        {
            var (waiting, on) = (owners[i], owners[(i + 1) % owners.Count]);
            var group = waiting.Current!.Group!;
            waits.Add(new DeadlockWait(waiting, group.Key.Name, group.Mode, on, Holds: group.Previous is null));
        }

        return waits;
    }
}

/// <summary>One wait of a cycle.</summary>
/// <param name="Holds">The other holds the key; else it stands before this one in the queue for it.</param>
internal readonly record struct DeadlockWait(LockOwner Waiting, string Key, LockMode Mode, LockOwner On, bool Holds);
