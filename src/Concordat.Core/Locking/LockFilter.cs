namespace Concordat.Core;

/// <summary>Which locks a list request wants. Null means any.</summary>
public sealed record LockFilter
{
    public string? Key { get; init; }

    /// <summary>Who holds it or waits for it.</summary>
    public TransactionId? Transaction { get; init; }

    /// <summary>Only keys that somebody waits for.</summary>
    public bool WaitingOnly { get; init; }
    public int Limit { get; init; } = 50;

    /// <summary>Where the page before ended.</summary>
    public string? Cursor { get; init; }
}
