using Concordat.Core.Transactions;

namespace Concordat.Core.History;

/// <summary>A finished transaction, kept as its image: some hundred bytes instead of live objects.</summary>
internal sealed class FinishedTransaction(TransactionId id, Outcome outcome, byte[] image)
{
    internal TransactionId Id { get; } = id;
    internal Outcome Outcome { get; } = outcome;
    internal byte[] Image { get; } = image;
    internal bool CommitRequested { get; init; }
    internal string? Key { get; init; }

    /// <summary>What an answer about it waits for; 0 where nothing.</summary>
    internal long DecisionRecord { get; init; }

    /// <summary>With it the end is durable; 0 where it was found in the log.</summary>
    internal long EndRecord { get; init; }

    /// <summary>
    /// A branch was settled by hand, so its participant may come back and ask: kept for ever, lest abort be presumed of what committed.
    /// </summary>
    internal bool IsKeptForEver { get; init; }
}

/// <summary>
/// The order in which finished transactions and sagas may be forgotten: by age, and by number where they have no idempotency key.
/// </summary>
internal sealed class HistoryBook
{
    private readonly Queue<Entry> _unkeyed = new();
    private readonly Queue<Entry> _keyed = new();

    /// <summary>How many have ended, over the life of the process and what it replayed.</summary>
    internal long Ends { get; private set; }

    /// <summary>With this record, the end of everything that was forgotten is durable.</summary>
    internal long LastForgottenEnd { get; private set; }

    internal int Count => _unkeyed.Count + _keyed.Count;

    /// <summary>Everything that ended before this one is forgotten: what the log may drop.</summary>
    internal long OldestEnd => Math.Min(_unkeyed.TryPeek(out var unkeyed) ? unkeyed.End : Ends, _keyed.TryPeek(out var keyed) ? keyed.End : Ends);

    internal void Add(HistoryEntry entry, TimeSpan uptime)
    {
        var end = Ends++;
        if (!entry.IsKeptForEver)
        {
            (entry.Key is null ? _unkeyed : _keyed).Enqueue(new Entry(entry, end, uptime));
        }
    }

    /// <summary>The next that may be forgotten now, or null.</summary>
    internal HistoryEntry? TakeExpired(TimeSpan uptime, CoordinatorOptions options)
    {
        if (_unkeyed.TryPeek(out var oldest) && (_unkeyed.Count > options.RetentionCount || uptime - oldest.Uptime > options.RetentionAge))
        {
            _unkeyed.Dequeue();
            LastForgottenEnd = Math.Max(LastForgottenEnd, oldest.What.EndRecord);
            return oldest.What;
        }

        if (_keyed.TryPeek(out var keyed) && uptime - keyed.Uptime > options.RetentionAge)
        {
            _keyed.Dequeue();
            LastForgottenEnd = Math.Max(LastForgottenEnd, keyed.What.EndRecord);
            return keyed.What;
        }

        return null;
    }

    private readonly record struct Entry(HistoryEntry What, long End, TimeSpan Uptime);
}

/// <param name="Key">Its idempotency key; null where it has none.</param>
/// <param name="EndRecord">With it the end is durable; 0 where it was found in the log.</param>
internal readonly record struct HistoryEntry(TransactionId Id, bool IsSaga, string? Key, long EndRecord, bool IsKeptForEver = false);
