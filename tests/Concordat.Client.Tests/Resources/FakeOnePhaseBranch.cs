using Concordat.Client.Resources;

namespace Concordat.Client.Tests.Resources;

/// <summary>An open branch on a <see cref="FakeResource"/> that can commit by itself.</summary>
internal sealed class FakeOnePhaseBranch(FakeResource resource, TransactionId transaction) : IOnePhaseBranch
{
    private readonly FakeBranch _branch = new(resource, transaction);

    public string Resource => _branch.Resource;

    public string BranchId => _branch.BranchId;

    public string Name => _branch.Name;

    public bool WroteNothing { get; init; }

    public bool IsDisposed => _branch.IsDisposed;

    /// <summary>What was done, in order: offered, prepared, committed in one phase, finished.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Called before the database commits.</summary>
    public Func<Task> BeforeCommit { get; init; } = () => Task.CompletedTask;

    /// <summary>What becomes of the commit at the database, and what the caller hears of it.</summary>
    public (Fate There, Fate? Heard) Commit { get; init; } = (Fate.Committed, Fate.Committed);

    public Task<ResourceVote> OfferOnePhaseAsync(CancellationToken cancellationToken)
    {
        Done.Add("offered");
        return Task.FromResult(WroteNothing ? new ResourceVote(Vote.ReadOnly, null) : new ResourceVote(Vote.Yes, "7"));
    }

    public async Task<OnePhaseResult> CommitOnePhaseAsync(CancellationToken cancellationToken)
    {
        Done.Add("committed in one phase");
        await BeforeCommit();
        resource.End(Name, Commit.There == Fate.Committed ? Outcome.Committed : Outcome.Aborted);
        return new OnePhaseResult(Commit.Heard, Commit.Heard == Fate.Committed ? null : new InvalidOperationException("the database's own words"));
    }

    public Task<ResourceVote> PrepareAsync(CancellationToken cancellationToken)
    {
        Done.Add("prepared");
        return WroteNothing ? Task.FromResult(new ResourceVote(Vote.ReadOnly, null)) : _branch.PrepareAsync(cancellationToken);
    }

    public Task FinishAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        Done.Add($"finished {outcome}");
        return _branch.FinishAsync(outcome, cancellationToken);
    }

    public ValueTask DisposeAsync() => _branch.DisposeAsync();
}
