namespace Concordat.Core.Locking;

/// <summary>Shows who holds and who awaits what, oldest key first, a page at a time and a bounded number of looks per page.</summary>
internal static class LockListing
{
    internal static void List(CoordinatorState s, ListLocksInput input)
    {
        var filter = input.Filter;
        if (filter.Key is { } key)
        {
            s.Answer(input.Caller, new LocksReply(s.Locks.Keys.TryGetValue(key, out var only) && Matches(only, filter) ? [Document(only)] : [], NextCursor: null));
            return;
        }

        var after = 0L;
        if (filter.Cursor is { } cursor && !long.TryParse(cursor, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out after))
        {
            s.Refuse(input.Caller, ProblemKind.BadCursor, $"cursor '{cursor}' was not handed out by this coordinator");
            return;
        }

        var items = new List<LockDocument>();
        string? next = null;
        var looks = 0;
        for (var at = Behind(s, after); at is not null; at = at.Next)
        {
            if (items.Count == filter.Limit || looks++ == s.Options.ListScanLimit)
            {
                next = (at.Number - 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
                break;
            }

            if (Matches(at, filter))
            {
                items.Add(Document(at));
            }
        }

        s.Answer(input.Caller, new LocksReply(items, next));
    }

    private static LockKey? Behind(CoordinatorState s, long number)
    {
        var at = s.Locks.Oldest;
        while (at is not null && at.Number <= number)
        {
            at = at.Next;
        }

        return at;
    }

    private static bool Matches(LockKey key, LockFilter filter) =>
        (!filter.WaitingOnly || key.FirstGroup is not null)
        && (filter.Transaction is not { } id || Holders(key).Any(hold => hold.Owner.Id == id) || Waiting(key).Any(request => request.Owner.Id == id));

    private static LockDocument Document(LockKey key) => new()
    {
        Key = key.Name,
        Holders = [.. Holders(key).Select(hold => new LockHolderDocument(
            hold.Owner.Id, hold.Mode, hold.Granted == hold.Mode ? hold.Token : null, (hold.Granted is null ? hold.Owner.Current!.At : hold.Since).ToDateTimeOffset()))],
        Waiting = [.. Waiting(key).Select(request => new LockWaiterDocument(request.Owner.Id, request.Awaited.Mode, request.At.ToDateTimeOffset()))],
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
