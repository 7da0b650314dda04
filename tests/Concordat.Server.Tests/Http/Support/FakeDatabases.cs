using Concordat.Server.Databases;

namespace Concordat.Server.Tests.Http;

/// <summary>A server that reaches one database, "orders", which answers what the test says.</summary>
internal sealed class FakeDatabases : IReachedDatabases
{
    public ResourceAgentDocument Agent { get; set; } = new() { IntervalSeconds = 5 };

    public Func<DatabaseListing> OnList { get; set; } = () => new DatabaseListing("pg:1/orders", []);

    public Func<ReconcileAnswer> OnReconcile { get; set; } = () => throw new InvalidOperationException();

    public IReadOnlyCollection<string> Names => ["orders"];

    public ResourceAgentDocument? AgentOf(string resource) => resource == "orders" ? Agent : null;

    public Task<DatabaseListing> ListAsync(string resource, CancellationToken cancellationToken) => Task.FromResult(OnList());

    public Task<ReconcileAnswer> ReconcileAsync(string resource, CancellationToken cancellationToken) => Task.FromResult(OnReconcile());
}
