namespace Concordat.Core.Locking;

/// <summary>
/// Who holds a key, and who waits for it: first come, first served. The queue is one of groups, each of which is granted as a whole:
/// an exclusive request alone, or a run of shared ones. Upgrades stand before all others, since those cannot be granted before them:
/// <code>
///  holders            groups
///  shared  T1         exclusive T1 (upgrade) ◀── exclusive T4 ◀── shared T5 T6 ◀── exclusive T7
///  shared  T2  ◀──────┘
/// </code>
/// A group waits for the one before it, and the first one for the holders. That is the whole wait-for graph.
/// </summary>
internal sealed class LockKey(string name)
{
    internal string Name { get; } = name;

    /// <summary>Rises with every key: the order of the list.</summary>
    internal long Number;

    /// <summary>Neighbours in the order of numbers.</summary>
    internal LockKey? Previous, Next;

    /// <summary>How many requests wait for it.</summary>
    internal int WaitingCount;

    internal Hold? FirstHold, LastHold;

    internal int HoldCount;

    internal WaitGroup? FirstGroup, LastGroup;

    internal bool IsFree => FirstHold is null && FirstGroup is null;

    internal bool IsHeldExclusively => FirstHold is { Mode: LockMode.Exclusive };

    internal Hold? FindHold(LockOwner owner)
    {
        // Both lists may be long, but seldom are both.
        if (HoldCount <= owner.HoldCount)
        {
            for (var hold = FirstHold; hold is not null; hold = hold.NextOfKey)
            {
                if (hold.Owner == owner)
                {
                    return hold;
                }
            }
        }
        else
        {
            for (var hold = owner.FirstHold; hold is not null; hold = hold.NextOfOwner)
            {
                if (hold.Key == this)
                {
                    return hold;
                }
            }
        }

        return null;
    }

    internal Hold AddHold(LockOwner owner, LockMode mode)
    {
        var hold = new Hold(this, owner) { Mode = mode, PreviousOfKey = LastHold, PreviousOfOwner = owner.LastHold };
        _ = LastHold is null ? FirstHold = hold : LastHold.NextOfKey = hold;
        LastHold = hold;
        HoldCount++;
        _ = owner.LastHold is null ? owner.FirstHold = hold : owner.LastHold.NextOfOwner = hold;
        owner.LastHold = hold;
        owner.HoldCount++;
        return hold;
    }

    internal void RemoveHold(Hold hold)
    {
        _ = hold.PreviousOfKey is null ? FirstHold = hold.NextOfKey : hold.PreviousOfKey.NextOfKey = hold.NextOfKey;
        _ = hold.NextOfKey is null ? LastHold = hold.PreviousOfKey : hold.NextOfKey.PreviousOfKey = hold.PreviousOfKey;
        HoldCount--;
        var owner = hold.Owner;
        _ = hold.PreviousOfOwner is null ? owner.FirstHold = hold.NextOfOwner : hold.PreviousOfOwner.NextOfOwner = hold.NextOfOwner;
        _ = hold.NextOfOwner is null ? owner.LastHold = hold.PreviousOfOwner : hold.NextOfOwner.PreviousOfOwner = hold.PreviousOfOwner;
        owner.HoldCount--;
    }

    internal void Enqueue(LockRequest request, bool isUpgrade)
    {
        WaitingCount++;
        var mode = request.Awaited.Mode;
        if (mode == LockMode.Shared && LastGroup is { Mode: LockMode.Shared } run)
        {
            run.Add(request);
            return;
        }

        var group = new WaitGroup(this, mode, isUpgrade);
        group.Add(request);
        var before = LastGroup;
        if (isUpgrade)
        {
            before = null;
            for (var next = FirstGroup; next is { IsUpgrade: true }; next = next.Next)
            {
                before = next;
            }
        }

        InsertAfter(before, group);
    }

    internal void Dequeue(LockRequest request)
    {
        var group = request.Group!;
        group.Remove(request);
        WaitingCount--;
        if (group.First is null)
        {
            Remove(group);
        }
    }

    internal void Remove(WaitGroup group)
    {
        var (before, behind) = (group.Previous, group.Next);
        _ = before is null ? FirstGroup = behind : before.Next = behind;
        _ = behind is null ? LastGroup = before : behind.Previous = before;
        if (before is { Mode: LockMode.Shared } && behind is { Mode: LockMode.Shared })
        {
            // Nothing stands between them any more: they are granted together.
            before.Append(behind);
            before.Next = behind.Next;
            _ = behind.Next is null ? LastGroup = before : behind.Next.Previous = before;
        }
    }

    private void InsertAfter(WaitGroup? before, WaitGroup group)
    {
        group.Previous = before;
        group.Next = before is null ? FirstGroup : before.Next;
        _ = before is null ? FirstGroup = group : before.Next = group;
        _ = group.Next is null ? LastGroup = group : group.Next.Previous = group;
    }
}
