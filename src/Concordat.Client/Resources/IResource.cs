namespace Concordat.Client.Resources;

/// <summary>
/// A database that takes part without a service before it, as a sweep sees it. Every method may throw what its driver throws; the sweep is
/// then given up and tried again, and nothing is guessed.
/// </summary>
public interface IResource
{
    /// <summary>Its name at the coordinator.</summary>
    string Name { get; }

    /// <summary>Which database it is, in words that no other one has: 1 to 256 visible ASCII characters, the same after every restart.</summary>
    Task<string> IdentifyAsync(CancellationToken cancellationToken);

    /// <summary>All that is prepared there now, of whomever.</summary>
    Task<IReadOnlyList<PreparedBranch>> ListPreparedAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Commits a prepared branch or rolls it back, from any connection. One that is not there is no error: somebody else was quicker.
    /// </summary>
    /// <param name="name">As the listing has it.</param>
    Task FinishAsync(string name, Outcome outcome, CancellationToken cancellationToken);

    /// <summary>What became of a branch that once voted yes. Null while it is still prepared, or being finished.</summary>
    /// <param name="evidence">What it gave with its vote.</param>
    Task<Fate?> FateOfAsync(TransactionId transaction, string branchId, string evidence, CancellationToken cancellationToken);
}

/// <summary>A prepared branch, for a sweep and for people.</summary>
/// <param name="Name">As its database calls it: of ours, <c>transaction id/branch id</c>.</param>
/// <param name="Age">Null where the database does not say.</param>
/// <param name="Locks">How many it holds; null where the database does not say.</param>
public sealed record PreparedBranch(string Name, TimeSpan? Age = null, string? Owner = null, int? Locks = null);
