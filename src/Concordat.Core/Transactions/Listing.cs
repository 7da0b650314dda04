using Concordat.Core.History;

namespace Concordat.Core.Transactions;

/// <summary>Which transactions a list request wants. Null means any.</summary>
public sealed record TransactionFilter
{
    public TransactionState? State { get; init; }
    public Outcome? Outcome { get; init; }
    public string? Name { get; init; }
    public string? Participant { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
    public TimeSpan? OlderThan { get; init; }
    public int Limit { get; init; } = 50;

    /// <summary>Where the page before ended.</summary>
    public string? Cursor { get; init; }
}

/// <summary>Lists transactions, newest first, a page at a time and a bounded number of looks per page.</summary>
internal static class Listing
{
    internal static void List(CoordinatorState s, ListInput input)
    {
        TablePlace? before = null;
        if (input.Filter.Cursor is { } cursor)
        {
            if (!TryParseCursor(cursor, out var place))
            {
                s.Refuse(input.Caller, ProblemKind.BadCursor, $"cursor '{cursor}' was not handed out by this coordinator");
                return;
            }

            before = place;
        }

        var items = new List<TransactionDocument>();
        var looks = 0;
        long after = 0;
        string? next = null;
        foreach (var (place, entry) in s.Table.NewestFirst(before))
        {
            var transaction = entry as Transaction ?? Finishing.Revive(s, (FinishedTransaction)entry);
            if (Matches(s, transaction, input.Filter))
            {
                items.Add(TransactionDocuments.Of(s, transaction));
                after = entry is FinishedTransaction finished ? Math.Max(after, finished.DecisionRecord) : after;
            }

            if (items.Count == input.Filter.Limit || ++looks == s.Options.ListScanLimit)
            {
                next = CursorOf(place);
                break;
            }
        }

        s.Answer(input.Caller, new ListReply(items, next), after);
    }

    private static bool Matches(CoordinatorState s, Transaction transaction, TransactionFilter filter) =>
        (filter.State is null || TransactionDocuments.ShownState(s, transaction) == filter.State)
        && (filter.Outcome is null || (transaction.Outcome == filter.Outcome && s.IsOutcomeDurable(transaction)))
        && (filter.Name is null || string.Equals(transaction.Header.Name, filter.Name, StringComparison.Ordinal))
        && (filter.Participant is null || transaction.Branches.Exists(b => string.Equals(b.Header.Participant, filter.Participant, StringComparison.Ordinal)))
        && (filter.OlderThan is not { } age || s.Clock.Time - transaction.CreatedAt > age)
        && filter.Labels.All(wanted => transaction.Header.Labels.Contains(wanted));

    internal static string CursorOf(TablePlace place) => $"{place.Epoch}-{place.Counter}";

    internal static bool TryParseCursor(string cursor, out TablePlace place)
    {
        place = default;
        var dash = cursor.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !long.TryParse(cursor.AsSpan(0, dash), out var epoch) || !ulong.TryParse(cursor.AsSpan(dash + 1), out var counter)
            || epoch < 0 || epoch > int.MaxValue || counter > TransactionId.MaxCounter)
        {
            return false;
        }

        place = new TablePlace(epoch, counter);
        return true;
    }
}
