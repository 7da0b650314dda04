using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The states of a saga.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SagaState>))]
public enum SagaState
{
    [JsonStringEnumMemberName("running")] Running = 1,

    /// <summary>A step was refused or failed, the time was over, or somebody cancelled it: what may have happened is undone.</summary>
    [JsonStringEnumMemberName("compensating")] Compensating = 2,

    /// <summary>
    /// It needs a person: a compensation has failed as often as its step has attempts (it is still repeated), or the saga comes from a restored copy of the log
    /// and waits for a word.
    /// </summary>
    [JsonStringEnumMemberName("stuck")] Stuck = 3,
    [JsonStringEnumMemberName("completed")] Completed = 4,
    [JsonStringEnumMemberName("compensated")] Compensated = 5,
}

/// <summary>How a saga ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SagaOutcome>))]
public enum SagaOutcome
{
    [JsonStringEnumMemberName("completed")] Completed = 1,
    [JsonStringEnumMemberName("compensated")] Compensated = 2,
}

/// <summary>The states of a saga's step.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StepState>))]
public enum StepState
{
    [JsonStringEnumMemberName("waiting")] Waiting = 1,
    [JsonStringEnumMemberName("running")] Running = 2,
    [JsonStringEnumMemberName("done")] Done = 3,

    /// <summary>Every attempt was refused: certainly nothing has happened.</summary>
    [JsonStringEnumMemberName("refused")] Refused = 4,

    /// <summary>It was given up. What may have happened is compensated; where certainly nothing was sent, nothing is.</summary>
    [JsonStringEnumMemberName("failed")] Failed = 5,

    /// <summary>The saga turned before it began.</summary>
    [JsonStringEnumMemberName("skipped")] Skipped = 6,

    /// <summary>Its compensation is called, or waits for those of the steps behind it.</summary>
    [JsonStringEnumMemberName("compensating")] Compensating = 7,
    [JsonStringEnumMemberName("compensated")] Compensated = 8,
}

/// <summary>Why a saga compensates.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SagaReasonCode>))]
public enum SagaReasonCode
{
    /// <summary>A step was refused.</summary>
    [JsonStringEnumMemberName("refused")] Refused = 1,

    /// <summary>A step was given up.</summary>
    [JsonStringEnumMemberName("failed")] Failed = 2,

    /// <summary>It was not completed by its deadline.</summary>
    [JsonStringEnumMemberName("timeout")] Timeout = 3,
    [JsonStringEnumMemberName("cancelled")] Cancelled = 4,

    /// <summary>The log is a restored copy: the original may have gone on, and nothing is done before a person says so.</summary>
    [JsonStringEnumMemberName("restored")] Restored = 5,
}

/// <param name="Step">The step that caused it, where one did.</param>
/// <param name="Participant">The service that was called, where one was.</param>
/// <param name="Message">For people.</param>
public sealed record SagaReason(SagaReasonCode Code, string? Step, string? Participant, string? Message);
