namespace Concordat.Databases.Branches;

/// <summary>A branch that waits for its outcome in a database.</summary>
/// <param name="RawName">As the server has it.</param>
/// <param name="Name">Null: foreign, by its form.</param>
/// <param name="IsOfThisDatabase">
/// PostgreSQL lists only those that are. MariaDB and MySQL list all of the server, and it is this database's when its marker is in
/// there; any other is left alone.
/// </param>
/// <param name="Age">PostgreSQL: since it was prepared. MariaDB and MySQL: since it began, and only where it is this database's.</param>
/// <param name="Owner">The user, and the session where that is known.</param>
/// <param name="Locks">How many locks it holds; null where the server cannot say.</param>
/// <param name="LockedTables">Of this database, by name, in the order of the names.</param>
internal sealed record PreparedBranch(
    string RawName, BranchName? Name, bool IsOfThisDatabase, TimeSpan? Age, string? Owner, int? Locks, IReadOnlyList<string> LockedTables);
