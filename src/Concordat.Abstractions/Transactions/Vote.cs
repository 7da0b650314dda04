using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>What a participant answers to prepare.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Vote>))]
public enum Vote
{
    /// <summary>Prepared: can still do either, and has promised to do what it is told. Its prepared state is durable.</summary>
    [JsonStringEnumMemberName("yes")] Yes = 1,

    /// <summary>Refused and undone: the transaction aborts.</summary>
    [JsonStringEnumMemberName("no")] No = 2,

    /// <summary>Nothing to undo or keep: leaves the transaction and hears no more of it.</summary>
    [JsonStringEnumMemberName("readOnly")] ReadOnly = 3,
}
