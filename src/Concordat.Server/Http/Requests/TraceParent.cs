using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>The <c>traceparent</c> header (W3C Trace Context, section 3.2): what is malformed is as good as absent.</summary>
internal static class TraceParent
{
    private const int Length = 55;
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static string? Of(HttpRequest request)
    {
        var values = request.Headers.TraceParent;
        return values.Count == 1 ? Parse(values[0]) : null;
    }

    /// <summary>A later version's is passed on as the version that is known here, as the standard says.</summary>
    public static string? Parse(string? text)
    {
        if (text is null || text.Length < Length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        {
            return null;
        }

        var version = text.AsSpan(0, 2);
        var trace = text.AsSpan(3, 32);
        var parent = text.AsSpan(36, 16);
        if (!IsHex(version) || version is "ff" || !IsHex(trace) || !trace.ContainsAnyExcept('0')
            || !IsHex(parent) || !parent.ContainsAnyExcept('0') || !IsHex(text.AsSpan(53, 2)))
        {
            return null;
        }

        if (version is "00")
        {
            return text.Length == Length ? text : null;
        }

        return text.Length == Length || text[Length] == '-' ? string.Concat("00", text.AsSpan(2, Length - 2)) : null;
    }

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(LowerHex);
}
