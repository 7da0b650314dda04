namespace Concordat.Core.Locking;

/// <summary>
/// Looks for a cycle of waits through one transaction, at the moment its wait begins. No other moment can close one: a grant gives
/// nobody a new reason to wait, and an upgrade that passes others makes them wait for itself only.
/// <para>
/// It looks both ways at once, for whom the transaction waits and who waits for it, one look here and one look there. The one that comes
/// to its end first proves that there is no cycle. So whoever nobody waits for, or who waits for somebody that runs, costs next to
/// nothing, however long the chains are and however many wait.
/// </para>
/// </summary>
internal sealed class DeadlockSearch
{
    private readonly Queue<LockOwner> _forwards = new();
    private readonly Queue<LockOwner> _backwards = new();
    private long _search;
    private LockOwner _start = null!;
    private LockOwner? _end;

    /// <summary>How many waits and holds were looked at, over all searches.</summary>
    internal long Looks { get; private set; }

    /// <summary>A shortest cycle that begins with this transaction, or null.</summary>
    internal List<DeadlockWait>? Find(LockOwner start)
    {
        _search++;
        _start = start;
        _end = null;
        _forwards.Clear();
        _backwards.Clear();
        _forwards.Enqueue(start);
        _backwards.Enqueue(start);
        using var forwards = Forwards().GetEnumerator();
        using var backwards = Backwards().GetEnumerator();
        while (true)
        {
            if (!Look(backwards))
            {
                return _end is null ? null : FromBackwards();
            }

            if (!Look(forwards))
            {
                return _end is null ? null : FromForwards();
            }
        }
    }

    private bool Look(IEnumerator<LockOwner?> way)
    {
        if (!way.MoveNext())
        {
            return false;
        }

        Looks++;
        return true;
    }

    /// <summary>Look by look, nearest first; ends where nobody is left, or where it met the start again.</summary>
    private IEnumerable<LockOwner> Forwards()
    {
        while (_forwards.TryDequeue(out var owner))
        {
            foreach (var met in AwaitedBy(owner))
            {
                if (met == _start)
                {
                    _end = owner;
                    yield break;
                }

                if (met.Forward.Search != _search)
                {
                    met.Forward = new SearchMark(_search, owner);
                    _forwards.Enqueue(met);
                }

                yield return met;
            }
        }
    }

    private IEnumerable<LockOwner?> Backwards()
    {
        while (_backwards.TryDequeue(out var owner))
        {
            foreach (var met in Awaiting(owner))
            {
                if (met is null)
                {
                    yield return met;
                    continue;
                }

                if (met == _start)
                {
                    _end = owner;
                    yield break;
                }

                if (met.Backward.Search != _search)
                {
                    met.Backward = new SearchMark(_search, owner);
                    _backwards.Enqueue(met);
                }

                yield return met;
            }
        }
    }

    /// <summary>For whom it waits: the group before its own, or the holders.</summary>
    private static IEnumerable<LockOwner> AwaitedBy(LockOwner owner)
    {
        if (owner.Current?.Group is not { } group)
        {
            yield break;
        }

        if (group.Previous is { } before)
        {
            for (var request = before.First; request is not null; request = request.Next)
            {
                yield return request.Owner;
            }

            yield break;
        }

        for (var hold = group.Key.FirstHold; hold is not null; hold = hold.NextOfKey)
        {
            if (hold.Owner != owner)
            {
                yield return hold.Owner;
            }
        }
    }

    /// <summary>Who waits for it: the group behind its own, and the first group of every key that it holds; its own upgrade waits for the others who hold the key, not for itself.</summary>
    /// <remarks>Null where a key was looked at.</remarks>
    private static IEnumerable<LockOwner?> Awaiting(LockOwner owner)
    {
        for (var request = owner.Current?.Group?.Next?.First; request is not null; request = request.Next)
        {
            yield return request.Owner;
        }

        for (var hold = owner.FirstHold; hold is not null; hold = hold.NextOfOwner)
        {
            yield return null;
            for (var request = hold.Key.FirstGroup?.First; request is not null; request = request.Next)
            {
                if (request.Owner != owner)
                {
                    yield return request.Owner;
                }
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
