using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Concordat.Client;

internal static class TransactionQueryString
{
    public static string Of(TransactionQuery query)
    {
        var text = new StringBuilder();
        Add("state", query.State is { } state ? WireName(state) : null);
        Add("outcome", query.Outcome is { } outcome ? WireName(outcome) : null);
        Add("name", query.Name);
        Add("participant", query.Participant);
        foreach (var (key, value) in query.Labels ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            Add("label." + key, value);
        }

        Add("olderThanSeconds", query.OlderThan?.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        Add("limit", query.Limit?.ToString(CultureInfo.InvariantCulture));
        Add("cursor", query.Cursor);
        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                text.Append(text.Length == 0 ? '?' : '&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            }
        }
    }

    private static string WireName(TransactionState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    private static string WireName(Outcome outcome) => JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());
}
