using Microsoft.Extensions.Logging;

namespace Concordat.Client.Resources;

/// <summary>
/// The branches of one transaction that this process holds on resources. All are prepared at once and finished at once; which may fail, and
/// what then happens:
/// <list type="bullet">
/// <item>A prepare fails: all are rolled back. One whose answer was lost may be prepared all the same; a sweep finds it aborted.</item>
/// <item>This process dies: a sweep finds what is prepared, and asks.</item>
/// <item>A commit fails after the decision: a sweep commits it. The transaction has committed, and nobody is told otherwise.</item>
/// </list>
/// </summary>
internal sealed class HeldBranches(ConcordatClient client, TransactionId id)
{
    private readonly List<IResourceBranch> _branches = [];
    private BranchRequest[]? _votes;
    private bool _over;

    public bool IsEmpty => _branches.Count == 0;

    public void Add(IResourceBranch branch)
    {
        if (_votes is not null || _over)
        {
            throw new InvalidOperationException($"Transaction {id} is being decided, or over: no branch on '{branch.Resource}' can join it any more.");
        }

        _branches.Add(branch);
    }

    public IResourceBranch? Find(string resource) => _branches.Find(b => string.Equals(b.Resource, resource, StringComparison.Ordinal));

    /// <summary>Their votes, to be sent with the commit. Again: the same.</summary>
    /// <exception cref="TransactionRolledBackException">One could not be prepared; none is prepared any more but those whose answer was lost.</exception>
    public async Task<IReadOnlyList<BranchRequest>> PrepareAsync(CancellationToken cancellationToken)
    {
        if (_votes is not null)
        {
            return _votes;
        }

        var votes = new BranchRequest[_branches.Count];
        var failures = new Exception?[_branches.Count];
        await Task.WhenAll(_branches.Select((branch, i) => PrepareAsync(branch, i, votes, failures, cancellationToken))).ConfigureAwait(false);
        var failed = Array.FindIndex(failures, f => f is not null);
        if (failed < 0)
        {
            return _votes = votes;
        }

        var resource = _branches[failed].Resource;
        await FinishAsync(Outcome.Aborted).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        throw NotPrepared(resource, failures[failed]!);
    }

    /// <summary>Never throws: what fails is left to a sweep. Returns when all connections are let go of.</summary>
    public async Task FinishAsync(Outcome outcome)
    {
        _over = true;
        await Task.WhenAll(_branches.Select((branch, i) => FinishAsync(branch, i, outcome))).ConfigureAwait(false);
        _branches.Clear();
    }

    /// <summary>The outcome is not known here: what is prepared stays so, and a sweep finishes it.</summary>
    public async Task LetGoAsync()
    {
        _over = true;
        foreach (var branch in _branches)
        {
            await DisposeAsync(branch).ConfigureAwait(false);
            client.SweepSoon(branch.Resource);
        }

        _branches.Clear();
    }

    private static async Task PrepareAsync(IResourceBranch branch, int at, BranchRequest[] votes, Exception?[] failures, CancellationToken cancellationToken)
    {
        try
        {
            var vote = await branch.PrepareAsync(cancellationToken).ConfigureAwait(false);
            votes[at] = new BranchRequest { Participant = branch.Resource, BranchId = branch.BranchId, Vote = vote.Vote, Evidence = vote.Evidence };
        }
#pragma warning disable CA1031 // Whatever a driver throws is a no; the caller throws it when the others have ended, too.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failures[at] = e;
        }
    }

    private async Task FinishAsync(IResourceBranch branch, int index, Outcome outcome)
    {
        if (_votes?[index].Vote != Vote.ReadOnly)
        {
            using var limit = new CancellationTokenSource(client.Options.FinishTimeout);
            try
            {
                await branch.FinishAsync(outcome, limit.Token).ConfigureAwait(false);
                if (outcome == Outcome.Committed)
                {
                    client.Reports.Add(branch.Resource, new BranchReport(id, branch.BranchId, Fate.Committed));
                }
            }
#pragma warning disable CA1031 // The transaction is decided: whatever a driver throws cannot change that.
            catch (Exception e)
#pragma warning restore CA1031
            {
                ResourceLogMessages.LeftToSweep(client.Logger, branch.Resource, id, branch.BranchId, outcome, e);
                client.SweepSoon(branch.Resource);
            }
        }

        await DisposeAsync(branch).ConfigureAwait(false);
    }

    private async Task DisposeAsync(IResourceBranch branch)
    {
        try
        {
            await branch.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A connection that cannot be closed holds nothing that the database does not let go of by itself.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ResourceLogMessages.NotClosed(client.Logger, branch.Resource, id, branch.BranchId, e);
        }
    }

    private TransactionRolledBackException NotPrepared(string resource, Exception cause) => new(
        $"Transaction {id} was rolled back: its branch on resource '{resource}' could not be prepared: {cause.Message}",
        new AbortReason(AbortCode.VoteNo, resource, cause.Message), cause) { TransactionId = id };
}
