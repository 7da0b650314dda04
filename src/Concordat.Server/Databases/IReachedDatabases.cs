namespace Concordat.Server.Databases;

/// <summary>
/// The databases of <c>Concordat:Resources</c>, which this server sweeps by itself. The server knows no database: whoever hosts it brings them.
/// </summary>
public interface IReachedDatabases
{
    /// <summary>What the agent of a resource has seen; null where this server does not reach it.</summary>
    ResourceAgentDocument? AgentOf(string resource);

    /// <summary>The names of all that it reaches.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Lists what is prepared there now, of whomever, and what it holds.</summary>
    /// <exception cref="DatabaseUnreachableException">It cannot be listed now.</exception>
    Task<DatabaseListing> ListAsync(string resource, CancellationToken cancellationToken);

    /// <summary>Sweeps it now.</summary>
    /// <exception cref="DatabaseUnreachableException">It could not be swept to the end. What was finished stays so.</exception>
    /// <exception cref="OtherDatabaseException">Nothing was touched.</exception>
    Task<ReconcileAnswer> ReconcileAsync(string resource, CancellationToken cancellationToken);
}

/// <param name="Identity">Which database was listed.</param>
public sealed record DatabaseListing(string Identity, IReadOnlyList<ListedBranch> Branches);

/// <summary>A branch as its database shows it; what it does not say is null.</summary>
/// <param name="IsElsewhere">Of another database of the same server: shown, and not this resource's.</param>
public sealed record ListedBranch(
    string Name, bool IsElsewhere, TimeSpan? Age, string? Owner, int? Locks, IReadOnlyList<string> LockedTables)
{
    /// <summary>With what the coordinator knows of it; null of what is elsewhere, which is foreign.</summary>
    public PreparedDocument Joined(PreparedDocument? known) => (known ?? new PreparedDocument { Name = Name, Class = PreparedClass.Foreign }) with
    {
        AgeSeconds = Age?.TotalSeconds,
        Owner = Owner,
        Locks = Locks,
        LockedTables = LockedTables,
    };
}

/// <summary>A database does not answer, or cannot be used as it is. The message says why, and holds no secret.</summary>
public sealed class DatabaseUnreachableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>What is configured under a resource's name is another database than the one that is registered. The message names both.</summary>
public sealed class OtherDatabaseException(string message, Exception? cause = null) : Exception(message, cause);
