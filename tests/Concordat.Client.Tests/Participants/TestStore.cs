using System.Collections.Concurrent;
using Concordat.Client.Participants;

namespace Concordat.Client.Tests.Participants;

/// <summary>The durable store of a resource manager: it outlives the process that the test crashes.</summary>
internal sealed class StoreDisk
{
    public ConcurrentDictionary<string, string> Branches { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Calls { get; } = new();

    public int Applied { get; set; }

    /// <summary>Called at the begin of every call; may hang or throw.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Called when the effect is in the store.</summary>
    public Func<string, CancellationToken, Task> After { get; set; } = (_, _) => Task.CompletedTask;
}

/// <summary>A resource manager in front of <see cref="StoreDisk"/> that does as the interface asks.</summary>
internal sealed class TestStore(StoreDisk disk) : IResourceManager
{
    public async Task<VoteResult> PrepareAsync(BranchContext branch, CancellationToken cancellationToken)
    {
        await EnterAsync("prepare", cancellationToken);
        if (branch.Operations is [{ Type: "no" }])
        {
            return VoteResult.No("told to");
        }

        disk.Branches.TryAdd(branch.Key, "prepared");
        await disk.After("prepare", cancellationToken);
        return VoteResult.Yes();
    }

    public async Task CommitAsync(BranchContext branch, CancellationToken cancellationToken)
    {
        await EnterAsync("commit", cancellationToken);
        if (disk.Branches.TryUpdate(branch.Key, "committed", "prepared"))
        {
            disk.Applied++;
        }
        else if (!disk.Branches.ContainsKey(branch.Key))
        {
            throw new BranchNotHeldException("lost");
        }

        await disk.After("commit", cancellationToken);
    }

    public async Task RollbackAsync(BranchContext branch, CancellationToken cancellationToken)
    {
        await EnterAsync("rollback", cancellationToken);
        disk.Branches.TryRemove(branch.Key, out _);
        await disk.After("rollback", cancellationToken);
    }

    private async Task EnterAsync(string what, CancellationToken cancellationToken)
    {
        disk.Calls.Enqueue(what);
        await disk.Before(what, cancellationToken);
    }
}
