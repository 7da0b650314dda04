using System.Globalization;
using System.Text.Json;

namespace Concordat.Core.Sagas;

/// <summary>RFC 6901: a path into a JSON document, such as <c>/booking/id</c> or <c>/items/0</c>; empty is the document itself.</summary>
internal static class JsonPointer
{
    internal static bool IsOne(string text)
    {
        if (text.Length > 0 && text[0] != '/')
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '~' && (i + 1 == text.Length || text[i + 1] is not ('0' or '1')))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is there, or null.</summary>
    internal static JsonElement? Find(JsonElement root, string pointer)
    {
        var at = root;
        foreach (var part in pointer.Length == 0 ? [] : pointer[1..].Split('/'))
        {
            // In this order: ~01 is ~1.
            var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            switch (at.ValueKind)
            {
                case JsonValueKind.Object when at.TryGetProperty(name, out var member):
                    at = member;
                    break;
                case JsonValueKind.Array when IsIndex(name, out var index) && index < at.GetArrayLength():
                    at = at[index];
                    break;
                default:
                    return null;
            }
        }

        return at;
    }

    /// <summary>Digits without a zero before them.</summary>
    private static bool IsIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && (text.Length == 1 || text[0] != '0');
}
