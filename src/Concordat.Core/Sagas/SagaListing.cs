using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>Which sagas a list request wants. Null means any.</summary>
public sealed record SagaFilter
{
    public SagaState? State { get; init; }
    public string? Name { get; init; }

    /// <summary>One that it calls, or that stands in a transaction of it.</summary>
    public string? Participant { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
    public TimeSpan? OlderThan { get; init; }
    public int Limit { get; init; } = 50;

    /// <summary>Where the page before ended.</summary>
    public string? Cursor { get; init; }
}

/// <summary>Lists sagas, newest first, a page at a time and a bounded number of looks at steps per page.</summary>
internal static class SagaListing
{
    internal static void List(CoordinatorState s, ListSagasInput input)
    {
        TablePlace? before = null;
        if (input.Filter.Cursor is { } cursor)
        {
            if (!Listing.TryParseCursor(cursor, out var place))
            {
                s.Refuse(input.Caller, ProblemKind.BadCursor, $"cursor '{cursor}' was not handed out by this coordinator");
                return;
            }

            before = place;
        }

        var items = new List<SagaDocument>();
        var looks = 0;
        long after = 0;
        string? next = null;
        foreach (var (place, entry) in s.Sagas.Table.NewestFirst(before))
        {
            looks++;
            if (MayMatch(entry, input.Filter))
            {
                var saga = entry as Saga ?? ((FinishedSaga)entry).Revive();
                if (Matches(s, saga, input.Filter))
                {
                    items.Add(SagaDocuments.Of(s, saga));
                    after = Math.Max(after, (entry as FinishedSaga)?.EndRecord ?? saga.LastRecord);
                }

                // By steps: a saga may have a thousand, and the engine waits meanwhile.
                looks += saga.Steps.Length;
            }

            if (items.Count == input.Filter.Limit || looks >= s.Options.ListScanLimit)
            {
                next = Listing.CursorOf(place);
                break;
            }
        }

        SagaWaiting.Require(s, after);
        s.Answer(input.Caller, new SagasReply(items, next), after);
    }

    /// <summary>What can be seen of a finished one without making it an object again: who looks for what is stuck need not take up all of history.</summary>
    private static bool MayMatch(object entry, SagaFilter filter) =>
        entry is not FinishedSaga finished || filter.State is null || filter.State == (finished.IsCompleted ? SagaState.Completed : SagaState.Compensated);

    private static bool Matches(CoordinatorState s, Saga saga, SagaFilter filter) =>
        (filter.State is null || saga.State == filter.State)
        && (filter.Name is null || string.Equals(saga.Begun.Spec.Name, filter.Name, StringComparison.Ordinal))
        && (filter.Participant is null || saga.Begun.Spec.Steps.Any(
            step => SagaBeginning.NamesIn(step.Action).Concat(SagaBeginning.NamesIn(step.Compensation)).Contains(filter.Participant, StringComparer.Ordinal)))
        && (filter.OlderThan is not { } age || s.Clock.Time - saga.Begun.At > age)
        && filter.Labels.All(wanted => saga.Begun.Spec.Labels.Contains(wanted));
}
