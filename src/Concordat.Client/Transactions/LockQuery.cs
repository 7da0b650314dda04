namespace Concordat.Client;

/// <summary>Which locks to list; null means any.</summary>
public sealed record LockQuery
{
    public string? Key { get; init; }

    /// <summary>Who holds or awaits them.</summary>
    public TransactionId? Transaction { get; init; }

    /// <summary>Only keys that somebody waits for.</summary>
    public bool WaitingOnly { get; init; }

    /// <summary>1 to 1000; null is 50.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the page before ended.</summary>
    public string? Cursor { get; init; }
}
