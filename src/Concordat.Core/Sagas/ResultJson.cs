using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Concordat.Core.Sagas;

/// <summary>
/// What of a service's answer is a result: JSON that everybody can read who is shown it. JSON of half a surrogate pair cannot be written, a name that stands twice in an
/// object is not read by many, and what is too deep fits into no document.
/// </summary>
public static class ResultJson
{
    /// <returns>Why it is none; null where it is.</returns>
    public static string? WhyNot(ReadOnlyMemory<byte> result)
    {
        if (result.Length > SagaLimits.MaxResultBytes)
        {
            return $"more than {SagaLimits.MaxResultBytes} bytes";
        }

        try
        {
            if (!Utf8.IsValid(result.Span))
            {
                return "what is no UTF-8";
            }

            using var json = JsonDocument.Parse(result, new JsonDocumentOptions { MaxDepth = SagaLimits.MaxResultDepth, AllowDuplicateProperties = false });
            using var writer = new Utf8JsonWriter(new ArrayBufferWriter<byte>(result.Length));
            json.WriteTo(writer);
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return $"what is no JSON of at most {SagaLimits.MaxResultDepth} levels, with each name once and whole characters";
        }
    }
}
