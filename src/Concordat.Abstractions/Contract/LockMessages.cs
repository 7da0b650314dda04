using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The body of <c>POST /v1/transactions/{id}/locks</c>: one key, or several in <see cref="Locks"/>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LocksRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LockMode? Mode { get; init; }

    /// <summary>All are taken, or none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LockItem>? Locks { get; init; }

    /// <summary>The longest wait in seconds: 0 asks without waiting, at most 3600. Default 30.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? WaitSeconds { get; init; }
}

/// <summary>A key to lock: as a transaction's name.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LockItem
{
    public required string Key { get; init; }
    public required LockMode Mode { get; init; }
}

/// <param name="FencingToken">Higher than that of anybody who held any of the keys before, in a mode that excludes this one. Below 2^53.</param>
public sealed record LockAnswer(long FencingToken);

/// <summary>One wait of a deadlock: a member <c>cycle</c> of the problem <c>deadlock</c> is a list of them.</summary>
/// <param name="HeldBy">Who keeps it waiting.</param>
/// <param name="Queued">It stands before this one in the queue for the key; otherwise it holds the key.</param>
public sealed record LockWait(TransactionId Transaction, string WaitsFor, LockMode Mode, TransactionId HeldBy, bool Queued);

public sealed record LockList
{
    public required IReadOnlyList<LockDocument> Items { get; init; }

    /// <summary>Pass it as <c>cursor</c> to go on. A page may hold fewer items than its limit and still have one.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>A key that is locked: by whom, and who waits for it, first come first.</summary>
public sealed record LockDocument
{
    public required string Key { get; init; }

    /// <summary>The first 100 of them.</summary>
    public required IReadOnlyList<LockHolderDocument> Holders { get; init; }

    /// <summary>The first 100 of them.</summary>
    public required IReadOnlyList<LockWaiterDocument> Waiting { get; init; }
    public int HolderCount { get; init; }
    public int WaitingCount { get; init; }
}

/// <param name="FencingToken">Null while the request that took it waits for another of its keys.</param>
public sealed record LockHolderDocument(TransactionId Transaction, LockMode Mode, long? FencingToken, DateTimeOffset Since);

public sealed record LockWaiterDocument(TransactionId Transaction, LockMode Mode, DateTimeOffset Since);
