namespace Concordat.Client.Resources;

/// <summary>
/// A resource whose database does not remember by itself which branches have committed, so that each leaves a marker there (MariaDB, MySQL). A
/// marker that goes too early makes a committed branch look as if it had been rolled back: only what the coordinator says is over is
/// removed, by sweeps.
/// </summary>
public interface IMarkerKeeper
{
    /// <summary>
    /// One page of the markers, in an order that does not change. Only those that are committed: a branch that is open or prepared has none that is seen here.
    /// </summary>
    /// <param name="olderThan">Younger ones are left out. The page may then be short, or empty, and not the last.</param>
    /// <param name="after">Where the page before this one ended; null for the first.</param>
    Task<MarkerPage> ListMarkersAsync(TimeSpan olderThan, BranchMarker? after, CancellationToken cancellationToken);

    /// <summary>Removes these; one that is not there is no error.</summary>
    Task ForgetAsync(IReadOnlyCollection<BranchMarker> markers, CancellationToken cancellationToken);
}

/// <summary>What a branch that committed has left in its database.</summary>
public readonly record struct BranchMarker(TransactionId Transaction, string BranchId);

/// <param name="Next">Where it ends; null where it is the last.</param>
public sealed record MarkerPage(IReadOnlyList<BranchMarker> Markers, BranchMarker? Next);
