using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>What a database says of a branch that is not prepared there any more.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Fate>))]
public enum Fate
{
    [JsonStringEnumMemberName("committed")] Committed = 1,

    [JsonStringEnumMemberName("rolled-back")] RolledBack = 2,

    /// <summary>It cannot tell any more.</summary>
    [JsonStringEnumMemberName("unknown")] Unknown = 3,
}
