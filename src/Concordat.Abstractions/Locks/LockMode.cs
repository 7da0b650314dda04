using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>How a lock is held.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LockMode>))]
public enum LockMode
{
    /// <summary>Beside others that are shared: for reading.</summary>
    [JsonStringEnumMemberName("shared")] Shared = 1,

    /// <summary>Alone: for changing.</summary>
    [JsonStringEnumMemberName("exclusive")] Exclusive = 2,
}
