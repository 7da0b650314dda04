using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace Concordat.Client;

/// <summary>Sagas. (Members of their own interface: many have the names of those of transactions.)</summary>
internal sealed partial class ConcordatClient : ISagaClient
{
    private const string SagasPath = "v1/sagas";

    /// <summary>One wait of the coordinator's; longer ones are several.</summary>
    private static readonly TimeSpan LongestSagaWait = TimeSpan.FromSeconds(60);

    public ISagaClient Sagas => this;

    Task<SagaDocument> ISagaClient.BeginAsync(SagaRequest request, string? idempotencyKey, CancellationToken cancellationToken) =>
        BeginSagaAsync(request, idempotencyKey, TimeSpan.Zero, cancellationToken);

    async Task<SagaDocument> ISagaClient.RunAsync(SagaRequest request, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var saga = await BeginSagaAsync(request, idempotencyKey, LongestSagaWait, cancellationToken).ConfigureAwait(false);
        while (saga.Outcome is null)
        {
            saga = await Sagas.WaitAsync(saga.Id, LongestSagaWait, cancellationToken).ConfigureAwait(false);
        }

        return saga.Outcome == SagaOutcome.Completed ? saga : throw Compensated(saga);
    }

    Task<SagaDocument> ISagaClient.GetAsync(TransactionId id, CancellationToken cancellationToken) =>
        AskAsync($"look at saga {id}", PathOf(id), TimeSpan.Zero, ContractJson.Default.SagaDocument, cancellationToken);

    Task<SagaDocument> ISagaClient.WaitAsync(TransactionId id, TimeSpan atMost, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atMost, TimeSpan.Zero);
        return AskAsync($"wait for saga {id}", PathOf(id) + WaitOf(atMost), atMost, ContractJson.Default.SagaDocument, cancellationToken);
    }

    Task<SagaList> ISagaClient.ListAsync(SagaQuery? query, CancellationToken cancellationToken) =>
        AskAsync("list sagas", SagasPath + Queries.Of(query ?? new SagaQuery()), TimeSpan.Zero, ContractJson.Default.SagaList, cancellationToken);

    async IAsyncEnumerable<SagaDocument> ISagaClient.EnumerateAsync(SagaQuery? query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = query ?? new SagaQuery();
        while (true)
        {
            var list = await Sagas.ListAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (var document in list.Items)
            {
                yield return document;
            }

            if (list.NextCursor is null)
            {
                yield break;
            }

            page = page with { Cursor = list.NextCursor };
        }
    }

    Task<SagaDocument> ISagaClient.CancelAsync(TransactionId id, CancellationToken cancellationToken) =>
        TellAsync<StepResolveRequest>($"cancel saga {id}", isRepeatable: true, id, "/cancel", null, null, cancellationToken);

    Task<SagaDocument> ISagaClient.ResumeAsync(TransactionId id, CancellationToken cancellationToken) =>
        TellAsync<StepResolveRequest>($"resume saga {id}", isRepeatable: false, id, "/resume", null, null, cancellationToken);

    Task<SagaDocument> ISagaClient.RetryStepAsync(TransactionId id, string step, CancellationToken cancellationToken) =>
        TellAsync<StepResolveRequest>($"try step '{step}' of saga {id} again", isRepeatable: false, id, $"/steps/{Uri.EscapeDataString(step)}/retry", null, null, cancellationToken);

    Task<SagaDocument> ISagaClient.ResolveStepAsync(TransactionId id, string step, StepResolveRequest resolution, CancellationToken cancellationToken) =>
        TellAsync(
            $"resolve step '{step}' of saga {id}", isRepeatable: true, id, $"/steps/{Uri.EscapeDataString(step)}/resolve",
            resolution, ContractJson.Default.StepResolveRequest, cancellationToken);

    private static string PathOf(TransactionId saga) => $"{SagasPath}/{saga}";

    private static string WaitOf(TimeSpan atMost) => $"?waitSeconds={atMost.TotalSeconds.ToString(CultureInfo.InvariantCulture)}";

    private async Task<SagaDocument> BeginSagaAsync(SagaRequest request, string? idempotencyKey, TimeSpan wait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (idempotencyKey is not null && !Names.IsIdempotencyKey(idempotencyKey))
        {
            throw new ArgumentException("An idempotency key has 1 to 255 visible ASCII characters.", nameof(idempotencyKey));
        }

        var intent = new RequestIntent(request.Name is null ? "begin a saga" : $"begin saga '{request.Name}'", Repeatable: true, ChangesState: true)
        {
            IdempotencyKey = idempotencyKey ?? NewKey(),
            MayTake = wait,
        };
        var path = wait == TimeSpan.Zero ? SagasPath : SagasPath + WaitOf(wait);
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, path, request, ContractJson.Default.SagaRequest, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(intent, response, ContractJson.Default.SagaDocument, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SagaDocument> TellAsync<TBody>(
        string doing, bool isRepeatable, TransactionId id, string what, TBody? body, JsonTypeInfo<TBody>? bodyType, CancellationToken cancellationToken)
        where TBody : class
    {
        var intent = new RequestIntent(doing, isRepeatable, ChangesState: true) { TransactionId = id };
        using var response = await _connection.SendAsync(intent, HttpMethod.Post, PathOf(id) + what, body, bodyType, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(intent, response, ContractJson.Default.SagaDocument, cancellationToken).ConfigureAwait(false);
    }

    private static SagaCompensatedException Compensated(SagaDocument saga)
    {
        var reason = saga.Reason;
        var where = reason?.Step is null ? "" : $" in step '{reason.Step}'";
        return new SagaCompensatedException($"Saga {saga.Id} was compensated ({reason?.Code.ToString() ?? "no reason given"}{where}): {reason?.Message ?? "no message"}", reason)
        {
            SagaId = saga.Id,
        };
    }
}
