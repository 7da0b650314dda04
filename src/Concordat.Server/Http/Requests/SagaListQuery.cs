using Concordat.Core.Sagas;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Concordat.Server.Http;

/// <summary>The filters of <c>GET /v1/sagas</c>, as those of <see cref="ListQuery"/>.</summary>
internal static class SagaListQuery
{
    public static SagaFilter Parse(HttpRequest request, RequestLimits limits)
    {
        var filter = new SagaFilter { Limit = RequestLimits.DefaultListLimit };
        var labels = new List<KeyValuePair<string, string>>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = pair.DecodeName().ToString();
            var value = pair.DecodeValue().ToString();
            if (!seen.Add(name))
            {
                throw Query.Twice(name);
            }

            if (name.StartsWith(ListQuery.LabelPrefix, StringComparison.Ordinal))
            {
                labels.Add(ListQuery.Label(name, value, labels.Count, limits));
            }
            else
            {
                filter = With(filter, name, value);
            }
        }

        return filter with { Labels = labels };
    }

    private static SagaFilter With(SagaFilter filter, string name, string value) => name switch
    {
        "state" or "name" or "participant" or "olderThanSeconds" or "limit" or "cursor" when value.Length == 0 => filter,
        "state" => filter with { State = State(value) },
        "name" => Names.IsTransactionName(value) ? filter with { Name = value } : throw Query.Invalid(name, value, "a saga's name"),
        "participant" => Names.IsParticipantName(value) ? filter with { Participant = value } : throw Query.Invalid(name, value, "a participant's name"),
        "olderThanSeconds" => filter with { OlderThan = TimeSpan.FromSeconds(Query.Seconds(name, value, ListQuery.MaxAgeSeconds)) },
        "limit" => filter with { Limit = ListQuery.Limit(value) },
        "cursor" => filter with { Cursor = value },
        _ => throw Query.Unknown(name),
    };

    private static SagaState State(string value) => value switch
    {
        "running" => SagaState.Running,
        "compensating" => SagaState.Compensating,
        "stuck" => SagaState.Stuck,
        "completed" => SagaState.Completed,
        "compensated" => SagaState.Compensated,
        _ => throw Query.Invalid("state", value, "running, compensating, stuck, completed or compensated"),
    };
}
