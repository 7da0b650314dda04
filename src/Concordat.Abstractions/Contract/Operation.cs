using System.Text.Json;

namespace Concordat;

/// <summary>What a branch is to do. The coordinator passes it on unread.</summary>
public sealed record Operation
{
    public required string Type { get; init; }
    public string? Resource { get; init; }
    public JsonElement? Data { get; init; }
}
