using System.Text.Json;
using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The body of <c>POST /v1/sagas</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SagaRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>Seconds to completion: more than 0, at most 2,592,000. Default 3600.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TimeoutSeconds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>1 to 1000.</summary>
    public required IReadOnlyList<SagaStepRequest> Steps { get; init; }
}

/// <summary>A step: a call of a service, or a transaction of several.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SagaStepRequest
{
    public required string Name { get; init; }

    /// <summary>The service that is called. Not with <see cref="Branches"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Participant { get; init; }

    /// <summary>Not with <see cref="Branches"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepCallRequest? Action { get; init; }

    /// <summary>The step is a transaction that happens everywhere or nowhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BranchRequest>? Branches { get; init; }

    /// <summary>Null where there is nothing to undo.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CompensationRequest? Compensation { get; init; }

    /// <summary>The steps that must be done first. Null: the one before it in the list.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? After { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StepRetryRequest? Retry { get; init; }

    /// <summary>How long one attempt may take, of the action or the compensation: more than 0, at most 3600. Default: the coordinator's <c>Timeouts:AttemptSeconds</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CallTimeoutSeconds { get; init; }
}

/// <param name="Path">Begins with a slash; put behind the participant's address.</param>
/// <param name="Body">Any JSON, at most 64 KiB. Places for results: <c>{"$result": "step", "path": "/pointer", "default": …}</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StepCallRequest(
    string Path,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Body = null);

/// <summary>As an action, or a transaction.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CompensationRequest
{
    /// <summary>Null: the step's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Participant { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Body { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BranchRequest>? Branches { get; init; }
}

/// <param name="Attempts">Of the action, 1 to 1000. A compensation that failed as often is stuck, and repeated all the same. Default 5.</param>
/// <param name="InitialSeconds">The first wait, doubled with every failure. Default 0.1.</param>
/// <param name="MaxSeconds">No wait is longer. Default 30.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StepRetryRequest(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Attempts = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? InitialSeconds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? MaxSeconds = null);

/// <summary>A saga as the coordinator shows it. All of it is durable.</summary>
public sealed record SagaDocument
{
    public required TransactionId Id { get; init; }
    public string? Name { get; init; }
    public required SagaState State { get; init; }

    /// <summary>Null until it has ended; then it never changes.</summary>
    public SagaOutcome? Outcome { get; init; }

    /// <summary>Why it compensates, or waits for a person.</summary>
    public SagaReason? Reason { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public required IReadOnlyList<SagaStepDocument> Steps { get; init; }

    /// <summary>What happened, in order.</summary>
    public required IReadOnlyList<SagaEvent> History { get; init; }
}

public sealed record SagaStepDocument
{
    public required string Name { get; init; }

    /// <summary>Null where it is a transaction.</summary>
    public string? Participant { get; init; }

    /// <summary>Names of the steps that must be done first.</summary>
    public required IReadOnlyList<string> After { get; init; }
    public required StepState State { get; init; }

    /// <summary>Of its action; since the coordinator's start, where it has not ended.</summary>
    public int Attempts { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What its action answered, where it answered with JSON.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Where it is a transaction: the last one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TransactionId? Transaction { get; init; }

    /// <summary>Once it is called, or was undone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CompensationDocument? Compensation { get; init; }
}

public sealed record CompensationDocument
{
    public int Attempts { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TransactionId? Transaction { get; init; }

    /// <summary>Only where a person did it by hand.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ByHandDocument? ResolvedBy { get; init; }
}

public sealed record ByHandDocument(string Who, string Why, DateTimeOffset At);

/// <summary>A state of the saga, or of one of its steps.</summary>
/// <param name="State">As of <see cref="SagaState"/> or <see cref="StepState"/>; or <c>resumed</c>.</param>
/// <param name="Step">Null where the saga itself is meant.</param>
/// <param name="Attempts">Of a step that has ended.</param>
/// <param name="Message">Why it was refused or failed.</param>
public sealed record SagaEvent(
    DateTimeOffset At,
    string State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Step = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Attempts = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null);

public sealed record SagaList
{
    public required IReadOnlyList<SagaDocument> Items { get; init; }

    /// <summary>Pass it as <c>cursor</c> to go on. A page may hold fewer items than its limit and still have one.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>The body of <c>POST /v1/sagas/{id}/steps/{step}/resolve</c>: a person has undone the step.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StepResolveRequest
{
    public required string Who { get; init; }
    public required string Why { get; init; }
}
