using System.Globalization;
using Concordat.Core.Transactions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Concordat.Server.Http;

/// <summary>The filters of <c>GET /v1/transactions</c>. A filter with no value is as good as absent, but for a label's: that asks for the empty value.</summary>
internal static class ListQuery
{
    internal const string LabelPrefix = "label.";
    internal const double MaxAgeSeconds = 1e9;

    public static TransactionFilter Parse(HttpRequest request, RequestLimits limits)
    {
        var filter = new TransactionFilter { Limit = RequestLimits.DefaultListLimit };
        var labels = new List<KeyValuePair<string, string>>();
        var seen = new List<string>();
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = pair.DecodeName().ToString();
            var value = pair.DecodeValue().ToString();
            if (seen.Contains(name))
            {
                throw Query.Twice(name);
            }

            if (name.StartsWith(LabelPrefix, StringComparison.Ordinal))
            {
                labels.Add(Label(name, value, labels.Count, limits));
            }
            else
            {
                filter = With(filter, name, value);
            }

            seen.Add(name);
        }

        return filter with { Labels = labels };
    }

    private static TransactionFilter With(TransactionFilter filter, string name, string value) => name switch
    {
        "state" or "outcome" or "name" or "participant" or "olderThanSeconds" or "limit" or "cursor" when value.Length == 0 => filter,
        "state" => filter with { State = State(value) },
        "outcome" => filter with { Outcome = OutcomeOf(value) },
        "name" => Names.IsTransactionName(value) ? filter with { Name = value } : throw Query.Invalid(name, value, "a transaction's name"),
        "participant" => Names.IsParticipantName(value) ? filter with { Participant = value } : throw Query.Invalid(name, value, "a participant's name"),
        "olderThanSeconds" => filter with { OlderThan = TimeSpan.FromSeconds(Query.Seconds(name, value, MaxAgeSeconds)) },
        "limit" => filter with { Limit = Limit(value) },
        "cursor" => filter with { Cursor = value },
        _ => throw Query.Unknown(name),
    };

    internal static KeyValuePair<string, string> Label(string parameter, string value, int before, RequestLimits limits)
    {
        var name = parameter[LabelPrefix.Length..];
        if (!Names.IsTransactionName(name))
        {
            throw ProblemTypes.InvalidValue.With($"{Shown.Name(parameter)} does not name a label");
        }

        return before < limits.MaxLabels
            ? new(name, value)
            : throw ProblemTypes.InvalidValue.With($"more than {limits.MaxLabels} labels are asked for, the most that a transaction has");
    }

    internal static int Limit(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= RequestLimits.MaxListLimit
            ? limit
            : throw Query.Invalid("limit", value, $"a whole number from 1 to {RequestLimits.MaxListLimit}");

    private static TransactionState State(string value) => value switch
    {
        "active" => TransactionState.Active,
        "preparing" => TransactionState.Preparing,
        "prepared" => TransactionState.Prepared,
        "committing" => TransactionState.Committing,
        "committed" => TransactionState.Committed,
        "aborting" => TransactionState.Aborting,
        "aborted" => TransactionState.Aborted,
        _ => throw Query.Invalid("state", value, "active, preparing, prepared, committing, committed, aborting or aborted"),
    };

    private static Outcome OutcomeOf(string value) => value switch
    {
        "committed" => Outcome.Committed,
        "aborted" => Outcome.Aborted,
        _ => throw Query.Invalid("outcome", value, "committed or aborted"),
    };
}
