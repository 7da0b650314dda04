using System.Text.Json.Nodes;
using Concordat.Core;

namespace Concordat.Cli.Logs;

/// <summary>A record for people and programs.</summary>
/// <param name="At">When it was written; null where the record does not say.</param>
/// <param name="Fields">Everything else that it says, by the names of the wire where it has them.</param>
internal sealed record RecordDescription(string Type, Timestamp? At, TransactionId? Transaction, JsonObject Fields)
{
    /// <summary>An object without the members that are null.</summary>
    internal static JsonObject Object(params ReadOnlySpan<(string Name, JsonNode? Value)> members)
    {
        var made = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                made.Add(name, value);
            }
        }

        return made;
    }

    internal static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> make) => new([.. items.Select(make)]);

    /// <summary>Operations are JSON of the client; where they are none, how many bytes there are.</summary>
    internal static JsonNode? Operations(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (System.Text.Json.JsonException)
        {
            return $"{bytes.Length} bytes that are no JSON";
        }
    }
}
