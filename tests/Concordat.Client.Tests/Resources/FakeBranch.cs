using Concordat.Client.Resources;

namespace Concordat.Client.Tests.Resources;

/// <summary>A branch on a <see cref="FakeResource"/>.</summary>
internal sealed class FakeBranch(FakeResource resource, TransactionId transaction) : IResourceBranch
{
    public string Resource => resource.Name;

    public string BranchId => "b" + resource.Name;

    public string Name => $"{transaction}/{BranchId}";

    public Vote Vote { get; init; } = Vote.Yes;

    public Func<Task> BeforePrepare { get; init; } = () => Task.CompletedTask;

    public Func<Task> BeforeFinish { get; init; } = () => Task.CompletedTask;

    public bool IsDisposed { get; private set; }

    public Outcome? FinishedAs { get; private set; }

    public async Task<ResourceVote> PrepareAsync(CancellationToken cancellationToken)
    {
        await BeforePrepare();
        if (Vote == Vote.Yes)
        {
            resource.Prepare(Name);
        }

        return new ResourceVote(Vote, Vote == Vote.Yes ? "7" : null);
    }

    public async Task FinishAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        await BeforeFinish();
        await resource.FinishAsync(Name, outcome, cancellationToken);
        FinishedAs = outcome;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }
}
