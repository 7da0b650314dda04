using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

internal static class RequestHeaders
{
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>The key's text, or null where there is none.</summary>
    public static string? IdempotencyKeyOf(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(IdempotencyKey, out var values))
        {
            return null;
        }

        var key = values.Count == 1 ? values[0] : null;
        return key is not null && Names.IsIdempotencyKey(key)
            ? key
            : throw ProblemTypes.InvalidValue.With(values.Count > 1
                ? $"{IdempotencyKey} is there {values.Count} times; it may be there once"
                : $"{IdempotencyKey} must be 1 to 255 visible ASCII characters");
    }

    /// <summary><c>Prefer: respond-async</c> (RFC 7240), alone or among others.</summary>
    public static bool PrefersAsync(HttpRequest request)
    {
        foreach (var line in request.Headers["Prefer"])
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var preference = line.AsSpan()[range];
                var end = preference.IndexOfAny(';', '=');
                preference = end < 0 ? preference : preference[..end];
                if (preference.Trim().Equals("respond-async", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
