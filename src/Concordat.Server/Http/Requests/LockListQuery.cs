using System.Globalization;
using Concordat.Core;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>The filters of <c>GET /v1/locks</c>. A filter with no value is as good as absent.</summary>
internal static class LockListQuery
{
    public static LockFilter Parse(HttpRequest request)
    {
        var query = Query.Named(request, ["key", "transaction", "waiting", "limit", "cursor"]);
        string? Of(string name) => query[name] is { Length: > 0 } value ? value : null;
        return new LockFilter
        {
            Key = Of("key") is not { } key ? null : Names.IsTransactionName(key) ? key : throw Query.Invalid("key", key, "a key"),
            Transaction = Of("transaction") is not { } text ? null
                : TransactionId.TryParse(text, out var id) ? id : throw Query.Invalid("transaction", text, "a transaction's id"),
            WaitingOnly = Of("waiting") switch
            {
                null or "false" => false,
                "true" => true,
                var other => throw Query.Invalid("waiting", other, "true or false"),
            },
            Limit = Of("limit") is not { } number ? RequestLimits.DefaultListLimit
                : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= RequestLimits.MaxListLimit ? limit
                : throw Query.Invalid("limit", number, $"a whole number from 1 to {RequestLimits.MaxListLimit}"),
            Cursor = Of("cursor"),
        };
    }
}
