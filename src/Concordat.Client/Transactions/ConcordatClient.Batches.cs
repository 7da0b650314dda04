using System.Diagnostics;
using System.Text.Json;

namespace Concordat.Client;

/// <summary>Begins and commits that are asked for together with others (<see cref="Gatherer"/>).</summary>
internal sealed partial class ConcordatClient
{
    /// <summary>How long a call waits at most for others to come back.</summary>
    internal TimeSpan GatherWait { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Null where every call goes by itself.</summary>
    private Gathered? AmongBegins(TransactionRequest request)
    {
        if (!options.GatherCalls)
        {
            return null;
        }

        // A call of its own carries the trace in its header, which a handler puts there.
        var trace = Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: var id } ? id : null;
        var by = LazyInitializer.EnsureInitialized(ref _begins, () => _connection.Gather(Transactions + "/begins", "transactions", GatherWait));
        return new Gathered(by, () => JsonSerializer.SerializeToUtf8Bytes(
            new BeginItem { Name = request.Name, TimeoutSeconds = request.TimeoutSeconds, Labels = request.Labels, Traceparent = trace }, ContractJson.Default.BeginItem));
    }

    /// <inheritdoc cref="AmongBegins"/>
    private Gathered? AmongCommits(TransactionId id, IReadOnlyList<BranchRequest> branches)
    {
        if (!options.GatherCalls)
        {
            return null;
        }

        var by = LazyInitializer.EnsureInitialized(ref _commits, () => _connection.Gather(Transactions + "/commits", "commits", GatherWait));
        return new Gathered(by, () => JsonSerializer.SerializeToUtf8Bytes(new CommitItem { Id = id, Branches = branches }, ContractJson.Default.CommitItem));
    }
}
