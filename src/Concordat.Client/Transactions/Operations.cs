using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Concordat.Client;

/// <summary>Operations with typed data.</summary>
public static class Operations
{
    public static Operation Of(string type, string? resource = null) => new() { Type = type, Resource = resource };

    /// <param name="data">Serialized as the web does: camelCase.</param>
    public static Operation Of<T>(string type, string? resource, T data) =>
        new() { Type = type, Resource = resource, Data = JsonSerializer.SerializeToElement(data, JsonSerializerOptions.Web) };

    /// <param name="data">Serialized by generated code.</param>
    public static Operation Of<T>(string type, string? resource, T data, JsonTypeInfo<T> dataType) =>
        new() { Type = type, Resource = resource, Data = JsonSerializer.SerializeToElement(data, dataType) };

    /// <summary>The data as a type.</summary>
    /// <exception cref="JsonException">There is none, or it does not fit.</exception>
    public static T DataAs<T>(this Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return operation.Data is { } data
            ? data.Deserialize<T>(JsonSerializerOptions.Web) ?? throw new JsonException($"The data of operation '{operation.Type}' is null.")
            : throw new JsonException($"Operation '{operation.Type}' has no data.");
    }
}
