namespace Concordat.Core.Transactions;

/// <summary>
/// Every transaction, or every saga, that is known, live or history, by epoch and counter. Ids are issued by counting, so pages of a sparse
/// array find one in two steps, keep the order of creation, and cost 8 bytes each.
/// </summary>
internal sealed class IdTable
{
    private const int PageBits = 10;
    private const int PageSize = 1 << PageBits;

    private readonly SortedList<long, Page> _pages = [];
    private Page? _lastUsed;

    internal object? Find(long epoch, ulong counter)
    {
        var page = PageOf(PageKey(epoch, counter));
        return page?.Entries[(int)(counter & (PageSize - 1))];
    }

    /// <summary>Sets or replaces an entry.</summary>
    internal void Set(long epoch, ulong counter, object entry)
    {
        var key = PageKey(epoch, counter);
        var page = PageOf(key);
        if (page is null)
        {
            page = new Page(key);
            _pages.Add(key, page);
            _lastUsed = page;
        }

        ref var slot = ref page.Entries[(int)(counter & (PageSize - 1))];
        page.Count += slot is null ? 1 : 0;
        slot = entry;
    }

    internal void Remove(long epoch, ulong counter)
    {
        var key = PageKey(epoch, counter);
        var page = PageOf(key)!;
        page.Entries[(int)(counter & (PageSize - 1))] = null;
        if (--page.Count == 0)
        {
            _pages.Remove(key);
            _lastUsed = null;
        }
    }

    /// <summary>Entries from newest to oldest, beginning before this place (or at the newest).</summary>
    internal IEnumerable<(TablePlace Place, object Entry)> NewestFirst(TablePlace? before)
    {
        for (var i = LastPageBefore(before); i >= 0; i--)
        {
            var page = _pages.Values[i];
            var top = before is { } limit && PageKey(limit.Epoch, limit.Counter) == page.Key
                ? (int)(limit.Counter & (PageSize - 1)) - 1
                : PageSize - 1;
            for (var slot = top; slot >= 0; slot--)
            {
                if (page.Entries[slot] is { } entry)
                {
                    yield return (PlaceOf(page.Key, slot), entry);
                }
            }
        }
    }

    /// <summary>From oldest to newest.</summary>
    internal IEnumerable<object> OldestFirst()
    {
        foreach (var page in _pages.Values)
        {
            foreach (var entry in page.Entries)
            {
                if (entry is not null)
                {
                    yield return entry;
                }
            }
        }
    }

    private int LastPageBefore(TablePlace? before)
    {
        if (before is null)
        {
            return _pages.Count - 1;
        }

        var key = PageKey(before.Value.Epoch, before.Value.Counter);
        int low = 0, high = _pages.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_pages.Keys[middle] <= key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    private Page? PageOf(long key)
    {
        if (_lastUsed?.Key == key)
        {
            return _lastUsed;
        }

        if (_pages.TryGetValue(key, out var page))
        {
            _lastUsed = page;
        }

        return page;
    }

    /// <summary>Orders pages by epoch, then by counter. 33 bits of epochs and 30 of pages fit one number.</summary>
    private static long PageKey(long epoch, ulong counter) => (epoch << (40 - PageBits)) | (long)(counter >> PageBits);

    private static TablePlace PlaceOf(long pageKey, int slot) =>
        new(pageKey >> (40 - PageBits), (((ulong)pageKey & ((1UL << (40 - PageBits)) - 1)) << PageBits) | (uint)slot);

    private sealed class Page(long key)
    {
        internal readonly long Key = key;
        internal readonly object?[] Entries = new object?[PageSize];
        internal int Count;
    }
}

/// <summary>A place in the order of creation.</summary>
internal readonly record struct TablePlace(long Epoch, ulong Counter);
