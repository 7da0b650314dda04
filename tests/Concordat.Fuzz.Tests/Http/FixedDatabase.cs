using Concordat.Server.Databases;

namespace Concordat.Fuzz.Tests.Http;

/// <summary>The resource "database", as if the server had it in its settings: always the same is prepared there, and a sweep finds nothing to do.</summary>
internal sealed class FixedDatabase : IReachedDatabases
{
    public IReadOnlyCollection<string> Names => ["database"];

    public ResourceAgentDocument? AgentOf(string resource) => resource == "database" ? new ResourceAgentDocument { IntervalSeconds = 5 } : null;

    public Task<DatabaseListing> ListAsync(string resource, CancellationToken cancellationToken) => Task.FromResult(
        new DatabaseListing("fuzz:database", [new ListedBranch("somebody's", IsElsewhere: false, TimeSpan.FromSeconds(1), "app", 3, ["t"])]));

    public Task<ReconcileAnswer> ReconcileAsync(string resource, CancellationToken cancellationToken) => Task.FromResult(
        new ReconcileAnswer { ListedAt = DateTimeOffset.UnixEpoch, Prepared = [], Finished = 0, Done = 0, Reported = 0, Forgotten = 0, Failures = [] });
}
