namespace Concordat.Databases;

/// <summary>A database is set up so that prepared branches would get lost or stay locked. Nothing was begun.</summary>
public sealed class DatabaseNotUsableException(string resource, IReadOnlyList<string> problems)
    : Exception($"The database of resource '{resource}' cannot take part: {string.Join("; ", problems)}")
{
    /// <summary>What was found, and what to set.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
