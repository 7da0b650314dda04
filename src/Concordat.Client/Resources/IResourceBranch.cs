namespace Concordat.Client.Resources;

/// <summary>
/// A branch that this process holds on a resource: open work on a connection of its own. It is prepared once, then finished once; disposing
/// it lets go of the connection and nothing else, so that what is prepared stays so until somebody finishes it.
/// </summary>
public interface IResourceBranch : IAsyncDisposable
{
    /// <summary>The resource's name at the coordinator.</summary>
    string Resource { get; }

    /// <summary>What stands behind the transaction's id in the branch's name.</summary>
    string BranchId { get; }

    /// <summary>Makes it so that it can still do either, durably. An exception is a no: it is not prepared, or not certainly so.</summary>
    /// <returns>Yes or read-only. What was read-only is over.</returns>
    Task<ResourceVote> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Commits what is prepared; rolls back what is prepared, or what is open.</summary>
    /// <exception cref="Exception">It was not done, or not certainly so: a sweep does it.</exception>
    Task FinishAsync(Outcome outcome, CancellationToken cancellationToken);
}

/// <param name="Evidence">Of a yes: what tells later whether the branch has committed; 1 to 256 bytes of UTF-8.</param>
public readonly record struct ResourceVote(Vote Vote, string? Evidence);
