using System.Text.Json;
using System.Text.Unicode;

namespace Concordat.Core.Sagas;

/// <summary>
/// What a step's result may be: JSON that can be put into other bodies and be read by everybody. So its text is text (valid UTF-8, and no half of a surrogate pair, which JSON lets
/// pass and writers refuse), and no object has a member twice.
/// </summary>
internal static class ResultJson
{
    private static JsonDocumentOptions Reading => new() { AllowDuplicateProperties = false };

    internal static bool IsOne(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            JsonElement.Parse(json, Reading);
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                {
                    reader.GetString();
                }
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
