using System.Text.Json;

namespace Concordat.Client;

/// <summary>An RFC 9457 problem document, or what can be made of an answer that should have been one.</summary>
/// <param name="Type">The stable problem type; <c>about:blank</c> where there is none.</param>
/// <param name="Text">Title and detail.</param>
internal sealed record Problem(int Status, string Type, string Text)
{
    private const int MaxBytes = 64 * 1024;

    public static async Task<Problem> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var plain = new Problem(status, "about:blank", $"HTTP {status} {response.ReasonPhrase}".TrimEnd());
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return plain;
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken).ConfigureAwait(false);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return plain;
            }

            var title = TextOf(root, "title");
            var detail = TextOf(root, "detail");
            var text = (title, detail) switch
            {
                (null, null) => plain.Text,
                (null, _) => detail,
                (_, null) => title,
                _ => $"{title}: {detail}",
            };
            return new Problem(status, TextOf(root, "type") ?? plain.Type, text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or half of a surrogate pair in a text of it. The status already says that it failed; without a readable document it says no more.
            return plain;
        }
    }

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
