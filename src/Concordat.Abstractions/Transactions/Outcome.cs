using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The value of a decision. It never changes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
public enum Outcome
{
    [JsonStringEnumMemberName("committed")] Committed = 1,
    [JsonStringEnumMemberName("aborted")] Aborted = 2,
}

/// <summary>What a participant's inquiry is told.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InquiryOutcome>))]
public enum InquiryOutcome
{
    [JsonStringEnumMemberName("committed")] Committed = 1,
    [JsonStringEnumMemberName("aborted")] Aborted = 2,

    /// <summary>It runs: ask again later, and keep the promise.</summary>
    [JsonStringEnumMemberName("pending")] Pending = 3,
}

/// <summary>How a person settled a branch by hand.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Settlement>))]
public enum Settlement
{
    [JsonStringEnumMemberName("committed")] Committed = 1,
    [JsonStringEnumMemberName("rolled-back")] RolledBack = 2,
}
