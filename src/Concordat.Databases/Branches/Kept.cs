namespace Concordat.Databases.Branches;

/// <summary>A page of what a database keeps of branches that have committed.</summary>
/// <param name="Next">Where it ends; null where it is the last.</param>
internal sealed record Kept(IReadOnlyList<BranchName> Names, BranchName? Next);
