using System.Globalization;
using System.Text.Json;

namespace Concordat.Client;

/// <summary>What is asked for, as the query of an address.</summary>
internal static class Queries
{
    public static string Of(TransactionQuery query) => new QueryString()
        .Add("state", WireName(query.State?.ToString()))
        .Add("outcome", WireName(query.Outcome?.ToString()))
        .Add("name", query.Name)
        .Add("participant", query.Participant)
        .AddLabels(query.Labels)
        .Add("olderThanSeconds", query.OlderThan?.TotalSeconds.ToString(CultureInfo.InvariantCulture))
        .Add("limit", query.Limit?.ToString(CultureInfo.InvariantCulture))
        .Add("cursor", query.Cursor)
        .ToString();

    public static string Of(SagaQuery query) => new QueryString()
        .Add("state", WireName(query.State?.ToString()))
        .Add("name", query.Name)
        .Add("participant", query.Participant)
        .AddLabels(query.Labels)
        .Add("olderThanSeconds", query.OlderThan?.TotalSeconds.ToString(CultureInfo.InvariantCulture))
        .Add("limit", query.Limit?.ToString(CultureInfo.InvariantCulture))
        .Add("cursor", query.Cursor)
        .ToString();

    public static string Of(LockQuery? query) => new QueryString()
        .Add("key", query?.Key)
        .Add("transaction", query?.Transaction?.ToString())
        .Add("waiting", query is { WaitingOnly: true } ? "true" : null)
        .Add("limit", query?.Limit?.ToString(CultureInfo.InvariantCulture))
        .Add("cursor", query?.Cursor)
        .ToString();

    private static string? WireName(string? name) => name is null ? null : JsonNamingPolicy.CamelCase.ConvertName(name);
}
