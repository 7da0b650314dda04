using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The seven states of a global transaction. Each is entered at most once, and always in this order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TransactionState>))]
public enum TransactionState
{
    [JsonStringEnumMemberName("active")] Active = 0,
    [JsonStringEnumMemberName("preparing")] Preparing = 1,

    /// <summary>Between the last yes vote and the durable decision.</summary>
    [JsonStringEnumMemberName("prepared")] Prepared = 2,
    [JsonStringEnumMemberName("committing")] Committing = 3,
    [JsonStringEnumMemberName("committed")] Committed = 4,
    [JsonStringEnumMemberName("aborting")] Aborting = 5,
    [JsonStringEnumMemberName("aborted")] Aborted = 6,
}

/// <summary>The states of a branch, as the coordinator sees it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BranchState>))]
public enum BranchState
{
    [JsonStringEnumMemberName("enlisted")] Enlisted = 0,
    [JsonStringEnumMemberName("preparing")] Preparing = 1,
    [JsonStringEnumMemberName("prepared")] Prepared = 2,
    [JsonStringEnumMemberName("read-only")] ReadOnly = 3,
    [JsonStringEnumMemberName("refused")] Refused = 4,
    [JsonStringEnumMemberName("committing")] Committing = 5,
    [JsonStringEnumMemberName("committed")] Committed = 6,
    [JsonStringEnumMemberName("aborting")] Aborting = 7,
    [JsonStringEnumMemberName("aborted")] Aborted = 8,

    /// <summary>It answered something that cannot be true: kept, shown, still asked now and then, never guessed away.</summary>
    [JsonStringEnumMemberName("hazard")] Hazard = 9,
}

/// <summary>Why a transaction aborted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AbortCode>))]
public enum AbortCode
{
    [JsonStringEnumMemberName("vote-no")] VoteNo = 1,
    [JsonStringEnumMemberName("timeout")] Timeout = 2,
    [JsonStringEnumMemberName("unreachable")] Unreachable = 3,
    [JsonStringEnumMemberName("client-rollback")] ClientRollback = 4,
    [JsonStringEnumMemberName("deadlock")] Deadlock = 5,
    [JsonStringEnumMemberName("recovery")] Recovery = 6,
    [JsonStringEnumMemberName("operator")] Operator = 7,
}

/// <param name="Participant">The participant that caused it, where one did.</param>
/// <param name="Message">For people: the participant's reason, or what did not happen in time.</param>
public sealed record AbortReason(AbortCode Code, string? Participant, string? Message);
