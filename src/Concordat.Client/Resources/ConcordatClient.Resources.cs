using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Concordat.Client.Resources;

namespace Concordat.Client;

/// <summary>The calls about resources (docs/resources.md). All may be sent again: a repetition changes nothing.</summary>
internal sealed partial class ConcordatClient
{
    private readonly ConcurrentDictionary<string, string> _registered = new(StringComparer.Ordinal);
    private BranchReports? _reports;

    /// <summary>How long a server may take to look through a database, beyond the usual.</summary>
    private static readonly TimeSpan SweepTime = TimeSpan.FromMinutes(1);

    /// <summary>As many as the coordinator is asked about in one call.</summary>
    internal const int MostTransactionsAtOnce = 1000;

    /// <summary>Of this process.</summary>
    internal IEnumerable<IResource> Resources { get; init; } = [];

    /// <summary>Something is left over on a resource: whoever sweeps it should do so soon.</summary>
    internal Action<string> SweepSoon { get; set; } = static _ => { };

    internal BranchReports Reports => LazyInitializer.EnsureInitialized(ref _reports, () => new BranchReports(this));

    internal IResource? FindResource(string name) => Resources.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.Ordinal));

    /// <summary>The same, and the coordinator is told of it before its first use. (Where that has lost its log since, the next sweep tells it again.)</summary>
    internal async Task<IResource?> UseResourceAsync(string name, CancellationToken cancellationToken)
    {
        if (FindResource(name) is not { } resource || _registered.ContainsKey(name))
        {
            return FindResource(name);
        }

        var identity = await resource.IdentifyAsync(cancellationToken).ConfigureAwait(false);
        await PutResourceAsync(name, identity, cancellationToken).ConfigureAwait(false);
        _registered.TryAdd(name, identity);
        return resource;
    }

    /// <summary>As which database this process has registered it; null where it has not.</summary>
    internal string? IdentityOf(string resource) => _registered.GetValueOrDefault(resource);

    /// <summary>Waits for the outcome of a transaction in which this process has voted. Null where there is none after that time.</summary>
    internal async Task<Outcome?> OutcomeAsync(TransactionId id, string branchId, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var seconds = atMost.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var answer = await AskAsync(
            $"ask for the outcome of transaction {id}", $"{Transactions}/{id}/outcome?branch={branchId}&waitSeconds={seconds}", atMost,
            ContractJson.Default.InquiryAnswer, cancellationToken).ConfigureAwait(false);
        return answer.Outcome switch
        {
            InquiryOutcome.Committed => Outcome.Committed,
            InquiryOutcome.Aborted => Outcome.Aborted,
            _ => null,
        };
    }

    internal Task<ResourceDocument> PutResourceAsync(string name, string identity, CancellationToken cancellationToken) => SendAsync(
        $"register resource '{name}'", HttpMethod.Put, ResourcePath(name), new ResourceRequest { Identity = identity },
        ContractJson.Default.ResourceRequest, ContractJson.Default.ResourceDocument, cancellationToken);

    internal Task<SweepDocument> BeginSweepAsync(string name, string identity, CancellationToken cancellationToken) => SendAsync(
        $"begin to sweep resource '{name}'", HttpMethod.Post, ResourcePath(name) + "/sweeps", new ResourceRequest { Identity = identity },
        ContractJson.Default.ResourceRequest, ContractJson.Default.SweepDocument, cancellationToken);

    internal Task<ListingAnswer> EndSweepAsync(string name, string ticket, IReadOnlyList<string> prepared, CancellationToken cancellationToken) => SendAsync(
        $"end the sweep of resource '{name}'", HttpMethod.Post, $"{ResourcePath(name)}/sweeps/{ticket}", new ListingRequest { Prepared = prepared },
        ContractJson.Default.ListingRequest, ContractJson.Default.ListingAnswer, cancellationToken);

    internal Task<ReportsAnswer> ReportAsync(string name, IReadOnlyList<BranchReport> reports, CancellationToken cancellationToken) => SendAsync(
        $"report branches of resource '{name}'", HttpMethod.Post, ResourcePath(name) + "/reports", new ReportsRequest { Reports = reports },
        ContractJson.Default.ReportsRequest, ContractJson.Default.ReportsAnswer, cancellationToken);

    internal async Task<EndedAnswer> AreEndedAsync(string name, string identity, IReadOnlyList<TransactionId> transactions, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(
            $"ask which transactions of resource '{name}' are over", HttpMethod.Post, ResourcePath(name) + "/ended",
            new EndedRequest { Identity = identity, Transactions = transactions }, ContractJson.Default.EndedRequest, ContractJson.Default.EndedAnswer, cancellationToken).ConfigureAwait(false);
        return answer.Ended.Count == transactions.Count
            ? answer
            : throw new InvalidOperationException($"the coordinator answered for {answer.Ended.Count} of {transactions.Count} transactions of resource '{name}'");
    }

    internal Task<PreparedList> LookAsync(string name, string identity, IReadOnlyList<string> prepared, CancellationToken cancellationToken) => SendAsync(
        $"look up what is prepared on resource '{name}'", HttpMethod.Post, ResourcePath(name) + "/prepared", new LookRequest { Identity = identity, Prepared = prepared },
        ContractJson.Default.LookRequest, ContractJson.Default.PreparedList, cancellationToken);

    internal Task<ResourceList> ListResourcesAsync(CancellationToken cancellationToken) =>
        AskAsync("list resources", "v1/resources", TimeSpan.Zero, ContractJson.Default.ResourceList, cancellationToken);

    internal Task<ResourceDocument> GetResourceAsync(string name, CancellationToken cancellationToken) =>
        AskAsync($"look at resource '{name}'", ResourcePath(name), TimeSpan.Zero, ContractJson.Default.ResourceDocument, cancellationToken);

    internal Task<PreparedList> GetPreparedAsync(string name, CancellationToken cancellationToken) =>
        AskAsync($"list what is prepared on resource '{name}'", ResourcePath(name) + "/prepared", SweepTime, ContractJson.Default.PreparedList, cancellationToken);

    internal async Task<ReconcileAnswer> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        var intent = new RequestIntent($"reconcile resource '{name}'", Repeatable: true, ChangesState: true) { MayTake = SweepTime };
        using var response = await _connection.SendAsync<ResourceRequest>(
            intent, HttpMethod.Post, ResourcePath(name) + "/reconcile", null, null, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(intent, response, ContractJson.Default.ReconcileAnswer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TAnswer> SendAsync<TBody, TAnswer>(
        string doing, HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TBody : class
        where TAnswer : class
    {
        var intent = new RequestIntent(doing, Repeatable: true, ChangesState: true);
        using var response = await _connection.SendAsync(intent, method, path, body, bodyType, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(intent, response, answerType, cancellationToken).ConfigureAwait(false);
    }

    private static string ResourcePath(string name) => "v1/resources/" + Uri.EscapeDataString(name);
}
