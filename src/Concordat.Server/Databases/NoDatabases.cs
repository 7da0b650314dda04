namespace Concordat.Server.Databases;

/// <summary>What a host has that brings none.</summary>
internal sealed class NoDatabases : IReachedDatabases
{
    public IReadOnlyCollection<string> Names => [];

    public ResourceAgentDocument? AgentOf(string resource) => null;

    public Task<DatabaseListing> ListAsync(string resource, CancellationToken cancellationToken) => throw new InvalidOperationException(resource);

    public Task<ReconcileAnswer> ReconcileAsync(string resource, CancellationToken cancellationToken) => throw new InvalidOperationException(resource);
}
