using System.Buffers;
using System.Text.Json;

namespace Concordat.Core.Sagas;

/// <summary>A body with places that results of steps fill. One without any is passed on to the byte, of others the values.</summary>
internal static class ResultTemplate
{
    /// <summary>As deep as the reader at the edge reads.</summary>
    private static JsonDocumentOptions Reading => new() { MaxDepth = 64 };

    /// <summary>All references of a body, in their order. Cheap where the body cannot have any.</summary>
    /// <exception cref="FormatException">One of them is none; the message says why.</exception>
    internal static IReadOnlyList<ResultReference> ReferencesOf(ReadOnlyMemory<byte> body)
    {
        if (!MayHaveAny(body.Span))
        {
            return [];
        }

        try
        {
            var found = new List<ResultReference>();
            using var document = JsonDocument.Parse(body, Reading);
            Collect(document.RootElement, found);
            return found;
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }
    }

    /// <summary>The body with its places filled.</summary>
    /// <param name="resultOf">The result of a step, as JSON; null where it is not known, or has none.</param>
    /// <returns>The body; or what could not be filled.</returns>
    /// <exception cref="FormatException">It would have more than <see cref="SagaLimits.MaxFilledBytes"/>, or what is no Unicode.</exception>
    internal static (ReadOnlyMemory<byte> Body, ResultReference? Missing) Fill(ReadOnlyMemory<byte> body, Func<string, ReadOnlyMemory<byte>?> resultOf)
    {
        if (ReferencesOf(body).Count == 0)
        {
            return (body, null);
        }

        try
        {
            using var document = JsonDocument.Parse(body, Reading);
            var buffer = new ArrayBufferWriter<byte>(body.Length);
            using var writer = new Utf8JsonWriter(buffer);
            if (Write(document.RootElement, writer, ReadOnce(resultOf)) is { } missing)
            {
                return (default, missing);
            }

            writer.Flush();
            RequireSize(buffer.WrittenCount);
            return (buffer.WrittenMemory, null);
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }
    }

    /// <summary>The parser lets through what is no Unicode, such as half of a surrogate pair.</summary>
    private static FormatException NoText(InvalidOperationException e) => new("it, or a result in it, has a name or a string that is no Unicode", e);

    private static void RequireSize(long bytes)
    {
        if (bytes > SagaLimits.MaxFilledBytes)
        {
            throw new FormatException($"with the results in it the body has more than {SagaLimits.MaxFilledBytes} bytes");
        }
    }

    private static bool MayHaveAny(ReadOnlySpan<byte> body) => body.IndexOf("$result"u8) >= 0 || body.Contains((byte)'\\');

    private static void Collect(JsonElement element, List<ResultReference> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when ReferenceOf(element) is { } reference:
                found.Add(reference);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Collect(member.Value, found);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, found);
                }

                break;
        }
    }

    /// <summary>A body may refer to the same result very often.</summary>
    private static Func<string, JsonElement?> ReadOnce(Func<string, ReadOnlyMemory<byte>?> resultOf)
    {
        var read = new Dictionary<string, JsonElement?>(StringComparer.Ordinal);
        return step => read.TryGetValue(step, out var known) ? known
            : read[step] = resultOf(step) is { } result ? JsonElement.Parse(result.Span, Reading) : null;
    }

    private static ResultReference? Write(JsonElement element, Utf8JsonWriter writer, Func<string, JsonElement?> resultOf)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when ReferenceOf(element) is { } reference:
                return WriteResult(reference, writer, resultOf);
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    if (Write(member.Value, writer, resultOf) is { } missing)
                    {
                        return missing;
                    }
                }

                writer.WriteEndObject();
                return null;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    if (Write(item, writer, resultOf) is { } missing)
                    {
                        return missing;
                    }
                }

                writer.WriteEndArray();
                return null;
            default:
                // As it was written: a number keeps its digits.
                element.WriteTo(writer);
                return null;
        }
    }

    private static ResultReference? WriteResult(ResultReference reference, Utf8JsonWriter writer, Func<string, JsonElement?> resultOf)
    {
        if (resultOf(reference.Step) is { } result && JsonPointer.Find(result, reference.Path) is { } value)
        {
            value.WriteTo(writer);
            // Many places for a large result make a body that nobody can take: no further than that.
            RequireSize(writer.BytesCommitted + writer.BytesPending);
            return null;
        }

        if (reference.Default is not { } instead)
        {
            return reference;
        }

        instead.WriteTo(writer);
        return null;
    }

    private static ResultReference? ReferenceOf(JsonElement element)
    {
        if (!element.TryGetProperty(ResultReference.Member, out var step))
        {
            return null;
        }

        string? path = "";
        JsonElement? instead = null;
        foreach (var member in element.EnumerateObject())
        {
            switch (member.Name)
            {
                case ResultReference.Member:
                    break;
                case "path":
                    path = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
                    break;
                case "default":
                    instead = member.Value.Clone();
                    break;
                default:
                    throw new FormatException($"an object with '{ResultReference.Member}' has 'path' and 'default' beside it and nothing else, and this has '{member.Name}'");
            }
        }

        return step.ValueKind != JsonValueKind.String ? throw new FormatException($"'{ResultReference.Member}' must be the name of a step")
            : path is null || !JsonPointer.IsOne(path) ? throw new FormatException("'path' must be a JSON pointer, such as /booking/id")
            : new ResultReference(step.GetString()!, path, instead);
    }
}
