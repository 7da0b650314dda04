namespace Concordat.Client.Resources;

/// <summary>A branch that can also commit without being prepared first, where it is the only one of its transaction.</summary>
public interface IOnePhaseBranch : IResourceBranch
{
    /// <summary>The last thing before a commit: what its database will tell it by. It stays open. An exception is a no.</summary>
    /// <returns>Yes, with evidence; or read-only, and then it is over.</returns>
    Task<ResourceVote> OfferOnePhaseAsync(CancellationToken cancellationToken);

    /// <summary>Commits it. Only after the coordinator has its evidence: from then on the database's word is the outcome.</summary>
    /// <remarks>When the token fires, the fate is null.</remarks>
    Task<OnePhaseResult> CommitOnePhaseAsync(CancellationToken cancellationToken);
}

/// <param name="Fate">Null where the answer was lost: the database tells later.</param>
/// <param name="Cause">Why it was rolled back, or is not known.</param>
public readonly record struct OnePhaseResult(Fate? Fate, Exception? Cause = null);
