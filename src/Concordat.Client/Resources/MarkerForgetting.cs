namespace Concordat.Client.Resources;

/// <summary>
/// Removes markers that nobody will ask for any more, a bounded number of pages with each sweep. In this order, so that a crash in between leaves markers and
/// nothing else:
/// <list type="number">
/// <item>Markers are listed that are committed, and old: whoever finished a branch just now may still ask for it.</item>
/// <item>The coordinator says which transactions are over for good: ended, and the end durable (Concordat.Core, Forgetting).</item>
/// <item>The markers of those are removed.</item>
/// </list>
/// What stays (another coordinator's, a hazard's) is passed over, and looked at again when all others were.
/// </summary>
internal sealed class MarkerForgetting(ConcordatClient client, IResource resource, TimeSpan keep)
{
    private const int PagesAtOnce = 10;

    private BranchMarker? _after;

    /// <returns>How many were removed.</returns>
    public async Task<int> RunAsync(string identity, CancellationToken cancellationToken)
    {
        if (resource is not IMarkerKeeper keeper)
        {
            return 0;
        }

        var removed = 0;
        for (var i = 0; i < PagesAtOnce; i++)
        {
            var page = await keeper.ListMarkersAsync(keep, _after, cancellationToken).ConfigureAwait(false);
            removed += await ForgetAsync(keeper, identity, page.Markers, cancellationToken).ConfigureAwait(false);
            _after = page.Next;
            if (_after is null)
            {
                break;
            }
        }

        return removed;
    }

    private async Task<int> ForgetAsync(IMarkerKeeper keeper, string identity, IReadOnlyList<BranchMarker> markers, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var some in markers.Chunk(ConcordatClient.MostTransactionsAtOnce))
        {
            var transactions = some.Select(static m => m.Transaction).Distinct().ToList();
            var ended = await client.AreEndedAsync(resource.Name, identity, transactions, cancellationToken).ConfigureAwait(false);
            var over = transactions.Where((_, i) => ended.Ended[i]).ToHashSet();
            var gone = some.Where(m => over.Contains(m.Transaction)).ToList();
            if (gone.Count > 0)
            {
                await keeper.ForgetAsync(gone, cancellationToken).ConfigureAwait(false);
                removed += gone.Count;
            }
        }

        return removed;
    }
}
