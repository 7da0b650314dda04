using System.Text.Json;

namespace Concordat.Client;

/// <summary>An RFC 9457 problem document, or what can be made of an answer that should have been one.</summary>
/// <param name="Type">The stable problem type; <c>about:blank</c> where there is none.</param>
/// <param name="Text">Title and detail.</param>
internal sealed record Problem(int Status, string Type, string Text)
{
    /// <summary>Of a deadlock: who waits for whom. Empty otherwise.</summary>
    public IReadOnlyList<LockWait> Cycle { get; init; } = [];

    /// <summary>Deadlocks name every wait: some hundred bytes for each transaction.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    public static async Task<Problem> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!IsDocument(response))
        {
            return Plain(response);
        }

        await response.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken).ConfigureAwait(false);
        return Parse(response, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Of an answer that is here as a whole.</summary>
    public static Problem Read(HttpResponseMessage response)
    {
        if (!IsDocument(response))
        {
            return Plain(response);
        }

        using var content = new MemoryStream();
        response.Content.CopyTo(content, context: null, CancellationToken.None);
        return Parse(response, content.GetBuffer().AsMemory(0, (int)content.Length));
    }

    private static bool IsDocument(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json";

    private static Problem Plain(HttpResponseMessage response) =>
        new((int)response.StatusCode, "about:blank", $"HTTP {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd());

    private static Problem Parse(HttpResponseMessage response, ReadOnlyMemory<byte> bytes)
    {
        var plain = Plain(response);
        try
        {
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
            return new Problem(plain.Status, TextOf(root, "type") ?? plain.Type, text)
            {
                Cycle = root.TryGetProperty("cycle", out var cycle) && cycle.ValueKind == JsonValueKind.Array
                    ? cycle.Deserialize(ContractJson.Default.IReadOnlyListLockWait) ?? [] : [],
            };
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
