using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>Whose a prepared branch of a database is, and what should become of it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PreparedClass>))]
public enum PreparedClass
{
    /// <summary>Not of this coordinator: never touched.</summary>
    [JsonStringEnumMemberName("foreign")] Foreign = 1,

    /// <summary>Its transaction runs, or nothing final can be said yet: to be left alone.</summary>
    [JsonStringEnumMemberName("pending")] Pending = 2,

    /// <summary>To be committed.</summary>
    [JsonStringEnumMemberName("committed")] Committed = 3,

    /// <summary>To be rolled back.</summary>
    [JsonStringEnumMemberName("aborted")] Aborted = 4,

    /// <summary>Ours, and its transaction is not known: presumed aborted, to be rolled back.</summary>
    [JsonStringEnumMemberName("orphan")] Orphan = 5,

    /// <summary>Ours, of a start that the coordinator's log does not know: to be left alone until the right log is found.</summary>
    [JsonStringEnumMemberName("log-behind")] LogBehind = 6,
}
