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

    /// <summary>Something was held, and was rolled back before it had a vote: what commits now would commit without it.</summary>
    private bool _undone;

    /// <summary>The only one; null where there is another number of them.</summary>
    public IResourceBranch? Only => _branches is [var only] ? only : null;

    public void Add(IResourceBranch branch)
    {
        if (_votes is not null || _over)
        {
            throw new InvalidOperationException($"Transaction {id} is being decided, or over: no branch on '{branch.Resource}' can join it any more.");
        }

        _branches.Add(branch);
    }

    public IResourceBranch? Find(string resource) => _branches.Find(b => string.Equals(b.Resource, resource, StringComparison.Ordinal));

    /// <exception cref="TransactionRolledBackException">What was held is rolled back already.</exception>
    public void ThrowIfUndone()
    {
        if (_undone)
        {
            throw new TransactionRolledBackException(
                $"Transaction {id} was rolled back: what it had done on databases is undone already.", new AbortReason(AbortCode.ClientRollback, null, null)) { TransactionId = id };
        }
    }

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
        throw RolledBack(resource, "could not be prepared", failures[failed]!);
    }

    /// <summary>
    /// Commits the only branch in one phase, after the coordinator has its evidence, and reports what the database says. Lets go of it.
    /// </summary>
    /// <exception cref="TransactionRolledBackException">The database refused.</exception>
    /// <exception cref="OutcomeNotKnownException">The database's answer was lost, and it could not be asked: a sweep does.</exception>
    public async Task CommitOnePhaseAsync(IOnePhaseBranch branch, string evidence)
    {
        _over = true;
        _branches.Clear();
        using var limit = new CancellationTokenSource(client.Options.FinishTimeout);
        var (fate, cause) = await branch.CommitOnePhaseAsync(limit.Token).ConfigureAwait(false);
        await DisposeAsync(branch).ConfigureAwait(false);
        fate ??= await FateOfAsync(branch, evidence).ConfigureAwait(false);
        if (fate is Fate.Committed or Fate.RolledBack)
        {
            using var atMost = new CancellationTokenSource(client.Options.FinishTimeout);
            await client.Reports.SendAsync(branch.Resource, [new BranchReport(id, branch.BranchId, fate.Value)], atMost.Token).ConfigureAwait(false);
        }
        else
        {
            client.SweepSoon(branch.Resource);
        }

        switch (fate)
        {
            case Fate.Committed:
                return;
            case Fate.RolledBack:
                throw RolledBack(branch.Resource, "could not be committed", cause ?? new InvalidOperationException("its database rolled it back"));
            default:
                throw new OutcomeNotKnownException($"Transaction {id} may have committed at resource '{branch.Resource}': the answer was lost. A sweep asks the database.", cause) { TransactionId = id };
        }
    }

    private async Task<Fate?> FateOfAsync(IResourceBranch branch, string evidence)
    {
        using var limit = new CancellationTokenSource(client.Options.FinishTimeout);
        try
        {
            if (client.FindResource(branch.Resource) is not { } resource)
            {
                return null;
            }

            var fate = await resource.FateOfAsync(id, branch.BranchId, evidence, limit.Token).ConfigureAwait(false);
            if (fate is null or Fate.Committed)
            {
                return fate;
            }

            // A sweep may have been told that it has committed, and removed what the database knows it by.
            return (await client.GetAsync(id, limit.Token).ConfigureAwait(false)).Outcome == Outcome.Committed ? Fate.Committed : fate;
        }
#pragma warning disable CA1031 // Whatever a driver throws: it is shown, and a sweep asks again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ResourceLogMessages.BranchFailed(client.Logger, branch.Resource, $"{id}/{branch.BranchId}", e);
            return null;
        }
    }

    /// <summary>Never throws: what fails is left to a sweep. Returns when all connections are let go of.</summary>
    public async Task FinishAsync(Outcome outcome)
    {
        _over = true;
        _undone |= outcome == Outcome.Aborted && _branches.Count > 0;
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

    private async Task PrepareAsync(IResourceBranch branch, int at, BranchRequest[] votes, Exception?[] failures, CancellationToken cancellationToken)
    {
        try
        {
            var vote = await branch.PrepareAsync(cancellationToken).ConfigureAwait(false);
            votes[at] = new BranchRequest { Participant = branch.Resource, BranchId = branch.BranchId, Vote = vote.Vote, Evidence = vote.Evidence, Identity = client.IdentityOf(branch.Resource) };
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

    public TransactionRolledBackException RolledBack(string resource, string what, Exception cause) => new(
        $"Transaction {id} was rolled back: its branch on resource '{resource}' {what}: {cause.Message}",
        new AbortReason(AbortCode.VoteNo, resource, cause.Message), cause) { TransactionId = id };
}
