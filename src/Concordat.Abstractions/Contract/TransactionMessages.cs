using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The body of <c>POST /v1/transactions</c>. Without branches it begins only.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TransactionRequest
{
    public string? Name { get; init; }

    /// <summary>Seconds to the decision: more than 0, at most 86400. Default 60.</summary>
    public double? TimeoutSeconds { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyList<BranchRequest>? Branches { get; init; }

    /// <summary>With branches only: held before the first of them is asked to prepare. What begins only locks with <c>POST …/locks</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LockItem>? Locks { get; init; }
}

/// <summary>A branch in a transaction request, and the body of <c>POST /v1/transactions/{id}/branches</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BranchRequest
{
    public required string Participant { get; init; }
    public IReadOnlyList<Operation>? Operations { get; init; }
    public string? BranchId { get; init; }

    /// <summary>Of a branch on a resource, once it is prepared: how it votes. Such a branch names itself by its <see cref="BranchId"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Vote? Vote { get; init; }

    /// <summary>Why it votes no.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>In a commit, instead of a vote: the branch is open, and commits by itself where it is the only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OnePhase { get; init; }

    /// <summary>
    /// Of a yes, or in one phase: what tells later, where the branch is not prepared, whether it has committed. At most 256 bytes of UTF-8.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Evidence { get; init; }

    /// <summary>Of a branch on a resource: which database is meant by the name. Where it is another one by now, the request is refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Identity { get; init; }
}

/// <summary>A transaction as the coordinator shows it.</summary>
public sealed record TransactionDocument
{
    public required TransactionId Id { get; init; }
    public string? Name { get; init; }
    public required TransactionState State { get; init; }

    /// <summary>Null until it is decided and the decision is durable; then it never changes.</summary>
    public Outcome? Outcome { get; init; }
    public AbortReason? Reason { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public required IReadOnlyList<BranchDocument> Branches { get; init; }
    public required IReadOnlyList<StateChange> History { get; init; }
}

public sealed record BranchDocument
{
    public required string Id { get; init; }
    public required string Participant { get; init; }
    public required BranchState State { get; init; }
    public Vote? Vote { get; init; }

    /// <summary>How often it was called in the present phase.</summary>
    public int Attempts { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>Only where a person settled the branch by hand.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HeuristicDocument? Heuristic { get; init; }
}

/// <summary>A settlement by hand: how, by whom, why, when.</summary>
public sealed record HeuristicDocument(Settlement As, string Who, string Why, DateTimeOffset At);

public readonly record struct StateChange(TransactionState State, DateTimeOffset At);

public sealed record TransactionList
{
    public required IReadOnlyList<TransactionDocument> Items { get; init; }

    /// <summary>Pass it as <c>cursor</c> to go on. A page may hold fewer items than its limit and still have one.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>The body of <c>POST …/branches/{branch}/resolve</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ResolveRequest
{
    public required Settlement As { get; init; }
    public required string Who { get; init; }
    public required string Why { get; init; }
}
