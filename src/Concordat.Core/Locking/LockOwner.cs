namespace Concordat.Core.Locking;

/// <summary>A transaction, as the lock table sees it: what it holds, in the order in which it took it, and what it waits for.</summary>
/// <param name="age">Rises with every transaction: the youngest has the highest.</param>
internal sealed class LockOwner(TransactionId id, long age)
{
    internal TransactionId Id { get; } = id;

    internal long Age { get; } = age;

    /// <summary>Whose it is; the table never looks at it.</summary>
    internal Transactions.Transaction? Transaction { get; init; }

    internal Hold? FirstHold, LastHold;

    internal int HoldCount;

    /// <summary>Of all that it holds on record: what it is told whatever it asks for, so that nobody sees its tokens fall.</summary>
    internal long HighestToken;

    /// <summary>
    /// What it asks for now. It asks for one thing at a time, and what it asks for meanwhile stands behind: so it waits for one key at
    /// most, and a cycle of waits is a deadlock and not a choice.
    /// </summary>
    internal LockRequest? Current;

    internal Queue<LockRequest>? Behind;

    /// <summary>Its requests that are not over.</summary>
    internal IEnumerable<LockRequest> Asked => Current is null ? [] : [Current, .. Behind ?? []];

    /// <summary>It was chosen to end a deadlock, or is past locking: it asks for nothing more.</summary>
    internal bool IsClosed;

    /// <summary>In which search it was met, forwards and backwards, and from whom.</summary>
    internal SearchMark Forward, Backward;
}

internal record struct SearchMark(long Search, LockOwner? From);
