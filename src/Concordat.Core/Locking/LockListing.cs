using System.Globalization;
using Concordat.Core.Transactions;

namespace Concordat.Core.Locking;

/// <summary>
/// Shows who holds and who awaits what, oldest key first, a page at a time and a bounded number of looks per page: holders and waiters are looks, too, and of a key with very many the
/// first are shown, and how many there are.
/// </summary>
internal static class LockListing
{
    /// <summary>Of each key: of its holders, and of its waiters.</summary>
    private const int MostShown = 100;

    internal static void List(CoordinatorState s, ListLocksInput input)
    {
        var filter = input.Filter;
        var after = 0L;
        if (filter.Cursor is { } cursor && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            s.Refuse(input.Caller, ProblemKind.BadCursor, $"cursor '{cursor}' was not handed out by this coordinator");
            return;
        }

        var keys = filter switch
        {
            { Key: { } name } => s.Locks.Keys.TryGetValue(name, out var only) && only.Number > after && (filter.Transaction is not { } id || Concerns(s, id).Contains(only)) ? [only] : [],
            { Transaction: { } id } => Concerns(s, id).Where(key => key.Number > after).OrderBy(key => key.Number),
            _ => From(s.Locks.FirstAfter(after)),
        };
        var items = new List<LockDocument>();
        string? next = null;
        var looks = 0;
        foreach (var key in keys)
        {
            if (items.Count == filter.Limit || looks >= s.Options.ListScanLimit)
            {
                next = (key.Number - 1).ToString(CultureInfo.InvariantCulture);
                break;
            }

            looks++;
            if (!filter.WaitingOnly || key.FirstGroup is not null)
            {
                items.Add(Document(key));
                looks += Math.Min(key.HoldCount, MostShown) + Math.Min(key.WaitingCount, MostShown);
            }
        }

        s.Answer(input.Caller, new LocksReply(items, next));
    }

    private static IEnumerable<LockKey> From(LockKey? first)
    {
        for (var key = first; key is not null; key = key.Next)
        {
            yield return key;
        }
    }

    /// <summary>What it holds, and what it waits for.</summary>
    private static IEnumerable<LockKey> Concerns(CoordinatorState s, TransactionId id)
    {
        if ((s.Find(id) as Transaction)?.Locks is not { } owner)
        {
            yield break;
        }

        for (var hold = owner.FirstHold; hold is not null; hold = hold.NextOfOwner)
        {
            yield return hold.Key;
        }

        if (owner.Current?.Group is { IsUpgrade: false } group)
        {
            yield return group.Key;
        }
    }

    private static LockDocument Document(LockKey key) => new()
    {
        Key = key.Name,
        HolderCount = key.HoldCount,
        WaitingCount = key.WaitingCount,
        Holders = [.. Holders(key).Take(MostShown).Select(hold => new LockHolderDocument(
            hold.Owner.Id, hold.Mode, hold.Granted == hold.Mode ? hold.Token : null, (hold.Granted is null ? hold.Owner.Current!.At : hold.Since).ToDateTimeOffset()))],
        Waiting = [.. Waiting(key).Take(MostShown).Select(request => new LockWaiterDocument(request.Owner.Id, request.Awaited.Mode, request.At.ToDateTimeOffset()))],
    };

    private static IEnumerable<Hold> Holders(LockKey key)
    {
        for (var hold = key.FirstHold; hold is not null; hold = hold.NextOfKey)
        {
            yield return hold;
        }
    }

    private static IEnumerable<LockRequest> Waiting(LockKey key)
    {
        for (var group = key.FirstGroup; group is not null; group = group.Next)
        {
            for (var request = group.First; request is not null; request = request.Next)
            {
                yield return request;
            }
        }
    }
}
