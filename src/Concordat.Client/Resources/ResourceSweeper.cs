using System.Collections.Concurrent;
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

    /// <summary>Branches finished or looked up at once, each on a connection of its own: a database forces the commits of several together.</summary>
    private const int AtOnce = 4;

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

        var joined = prepared.Zip(answer.Prepared, (branch, what) => new JoinedBranch(branch, what)).ToArray();
        var failures = new ConcurrentQueue<SweepFailure>();
        var finished = await FinishAsync(joined, failures, cancellationToken).ConfigureAwait(false);
        var (reported, ended) = await ReportAsync(identity, begun.Awaiting, failures, cancellationToken).ConfigureAwait(false);
        var forgotten = 0;
        await TryAsync("markers", async () => forgotten = await _forgetting.RunAsync(identity, cancellationToken).ConfigureAwait(false), failures, cancellationToken).ConfigureAwait(false);

        // What cannot end, such as a hazard, is named again and again: only where something ended the next sweep has others to ask about.
        return new Sweep(at, joined, finished, answer.Done, reported, [.. failures]) { Forgotten = forgotten, More = begun.More && ended > 0 };
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

    private async Task<int> FinishAsync(JoinedBranch[] joined, ConcurrentQueue<SweepFailure> failures, CancellationToken cancellationToken)
    {
        var finished = 0;
        await ForEachAsync(Enumerable.Range(0, joined.Length), async i =>
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
                return;
            }

            if (what == PreparedClass.Orphan)
            {
                ResourceLogMessages.OrphanFound(logger, resource.Name, branch.Name, branch.Age);
            }

            if (await TryAsync(branch.Name, () => resource.FinishAsync(branch.Name, outcome.Value, cancellationToken), failures, cancellationToken).ConfigureAwait(false))
            {
                Interlocked.Increment(ref finished);
                joined[i] = joined[i] with { IsFinished = true };
                ResourceLogMessages.BranchFinished(logger, resource.Name, branch.Name, outcome.Value);
            }
        }, cancellationToken).ConfigureAwait(false);
        return finished;
    }

    private async Task<(int Reported, int Ended)> ReportAsync(
        string identity, IReadOnlyList<AwaitedBranch> awaiting, ConcurrentQueue<SweepFailure> failures, CancellationToken cancellationToken)
    {
        var inOnePhase = awaiting.Where(b => b.DecidedAt is null).Select(b => (b.TransactionId, b.BranchId)).ToHashSet();
        var reports = new ConcurrentQueue<BranchReport>();
        await ForEachAsync(awaiting, async branch =>
        {
            var (transaction, branchId, evidence, decidedAt) = branch;
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

                reports.Enqueue(new BranchReport(transaction, branchId, fate));
                if (fate == Fate.Unknown || (fate == Fate.RolledBack && decidedAt is not null))
                {
                    ResourceLogMessages.FateDiffers(logger, resource.Name, transaction, branchId, fate);
                }
            }, failures, cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);

        var ended = 0;
        foreach (var some in reports.Chunk(ReportsAtOnce))
        {
            var answer = await client.ReportAsync(resource.Name, some, cancellationToken).ConfigureAwait(false);
            ended += some.Zip(answer.Reports).Count(r => r.Second.Problem is null
                && (r.First.Fate == Fate.Committed || (r.First.Fate == Fate.RolledBack && inOnePhase.Contains((r.First.TransactionId, r.First.BranchId)))));
        }

        return (reports.Count, ended);
    }

    private static Task ForEachAsync<T>(IEnumerable<T> all, Func<T, Task> action, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (one, _) => await action(one).ConfigureAwait(false));

    /// <summary>One branch that cannot be finished must not keep the others waiting.</summary>
    private async Task<bool> TryAsync(string branch, Func<Task> action, ConcurrentQueue<SweepFailure> failures, CancellationToken cancellationToken)
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
            failures.Enqueue(new SweepFailure(branch, e));
            ResourceLogMessages.BranchFailed(logger, resource.Name, branch, e);
            return false;
        }
    }
}
