using Microsoft.Extensions.Logging;

namespace Concordat.Client.Resources;

/// <summary>
/// Joins what a database shows as prepared with what the coordinator knows, and finishes what is left over. In this order:
/// <list type="number">
/// <item>The coordinator is told that a listing begins. What was decided before is what the listing can say something about.</item>
/// <item>The database is listed.</item>
/// <item>The live coordinator is asked about each name, after the listing, so that what is being prepared is found running.</item>
/// <item>What has committed is committed, what has aborted is rolled back, everything else is left alone.</item>
/// <item>The database is asked about decided branches that it may have finished, and its word is passed on.</item>
/// <item>Where the database keeps markers, those that nobody will ask for any more are removed.</item>
/// </list>
/// A crash between any two leaves something to do for the next sweep, whosever it is. Two at once do no harm: finishing is idempotent.
/// </summary>
internal sealed class ResourceSweeper(ConcordatClient client, IResource resource, TimeSpan keepMarkers, TimeProvider time, ILogger logger)
{
    private const int ReportsAtOnce = 1000;

    private readonly MarkerForgetting _forgetting = new(client, resource, keepMarkers);

    public async Task<Sweep> SweepAsync(CancellationToken cancellationToken)
    {
        var identity = await resource.IdentifyAsync(cancellationToken).ConfigureAwait(false);
        var begun = await BeginAsync(identity, cancellationToken).ConfigureAwait(false);
        var at = time.GetUtcNow();
        var prepared = await resource.ListPreparedAsync(cancellationToken).ConfigureAwait(false);
        var answer = await client.EndSweepAsync(resource.Name, begun.Ticket, [.. prepared.Select(b => b.Name)], cancellationToken).ConfigureAwait(false);
        if (answer.Prepared.Count != prepared.Count)
        {
            throw new InvalidOperationException($"the coordinator classed {answer.Prepared.Count} of the {prepared.Count} branches that resource '{resource.Name}' has prepared");
        }

        var joined = prepared.Zip(answer.Prepared, (branch, what) => new JoinedBranch(branch, what)).ToList();
        var failures = new List<SweepFailure>();
        var finished = await FinishAsync(joined, failures, cancellationToken).ConfigureAwait(false);
        var reported = await ReportAsync(identity, begun.Awaiting, failures, cancellationToken).ConfigureAwait(false);
        var forgotten = 0;
        await TryAsync("markers", async () => forgotten = await _forgetting.RunAsync(identity, cancellationToken).ConfigureAwait(false), failures, cancellationToken).ConfigureAwait(false);
        return new Sweep(at, joined, finished, answer.Done, reported, failures) { Forgotten = forgotten };
    }

    /// <summary>A coordinator that does not know the resource is told first: it may be new, or have lost its log.</summary>
    private async Task<SweepDocument> BeginAsync(string identity, CancellationToken cancellationToken)
    {
        try
        {
            return await client.BeginSweepAsync(resource.Name, identity, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestRefusedException e) when (e.Type == "/problems/no-such-participant")
        {
            await client.PutResourceAsync(resource.Name, identity, cancellationToken).ConfigureAwait(false);
            return await client.BeginSweepAsync(resource.Name, identity, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> FinishAsync(List<JoinedBranch> joined, List<SweepFailure> failures, CancellationToken cancellationToken)
    {
        var finished = 0;
        for (var i = 0; i < joined.Count; i++)
        {
            var (branch, what) = joined[i];
            Outcome? outcome = what switch
            {
                PreparedClass.Committed => Outcome.Committed,
                PreparedClass.Aborted or PreparedClass.Orphan => Outcome.Aborted,
                _ => null,
            };
            if (outcome is null)
            {
                continue;
            }

            if (what == PreparedClass.Orphan)
            {
                ResourceLogMessages.OrphanFound(logger, resource.Name, branch.Name, branch.Age);
            }

            if (await TryAsync(branch.Name, () => resource.FinishAsync(branch.Name, outcome.Value, cancellationToken), failures, cancellationToken).ConfigureAwait(false))
            {
                finished++;
                joined[i] = joined[i] with { IsFinished = true };
                ResourceLogMessages.BranchFinished(logger, resource.Name, branch.Name, outcome.Value);
            }
        }

        return finished;
    }

    private async Task<int> ReportAsync(string identity, IReadOnlyList<AwaitedBranch> awaiting, List<SweepFailure> failures, CancellationToken cancellationToken)
    {
        var reports = new List<BranchReport>();
        foreach (var (transaction, branchId, evidence, _) in awaiting)
        {
            await TryAsync($"{transaction}/{branchId}", async () =>
            {
                if (await resource.FateOfAsync(transaction, branchId, evidence, cancellationToken).ConfigureAwait(false) is not { } fate)
                {
                    return;
                }

                // Another sweep may have reported it meanwhile, and removed its marker: then nobody asks any more.
                if (fate != Fate.Committed && (await client.AreEndedAsync(resource.Name, identity, [transaction], cancellationToken).ConfigureAwait(false)).Ended[0])
                {
                    return;
                }

                reports.Add(new BranchReport(transaction, branchId, fate));
                if (fate != Fate.Committed)
                {
                    ResourceLogMessages.FateDiffers(logger, resource.Name, transaction, branchId, fate);
                }
            }, failures, cancellationToken).ConfigureAwait(false);
        }

        foreach (var some in reports.Chunk(ReportsAtOnce))
        {
            await client.ReportAsync(resource.Name, some, cancellationToken).ConfigureAwait(false);
        }

        return reports.Count;
    }

    /// <summary>One branch that cannot be finished must not keep the others waiting.</summary>
    private async Task<bool> TryAsync(string branch, Func<Task> action, List<SweepFailure> failures, CancellationToken cancellationToken)
    {
        try
        {
            await action().ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // Whatever a driver throws: it is shown, and the next sweep tries again.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            failures.Add(new SweepFailure(branch, e));
            ResourceLogMessages.BranchFailed(logger, resource.Name, branch, e);
            return false;
        }
    }
}
