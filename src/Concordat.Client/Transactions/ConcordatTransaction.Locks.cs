namespace Concordat.Client;

/// <summary>Locks at the coordinator: docs/locks.md.</summary>
public sealed partial class ConcordatTransaction
{
    /// <summary>
    /// Locks a key for this transaction, until it has ended: with it every lock goes. What it holds already it gets again; shared and then
    /// exclusive is an upgrade.
    /// </summary>
    /// <param name="wait">The longest wait; null is 30 seconds. Zero waits for nothing.</param>
    /// <param name="cancellationToken">The lock may be taken all the same, until the transaction has ended.</param>
    /// <returns>The fencing token: higher than that of anybody who held the key before, where the two could not hold it together.</returns>
    /// <exception cref="DeadlockVictimException">It aborts. Run it again: <see cref="ConcordatClientTransactions.TransactAsync{T}"/> does.</exception>
    /// <exception cref="LockTimeoutException">Not in that time. The transaction goes on.</exception>
    /// <exception cref="RequestRefusedException">409 <c>/problems/not-active</c>: it is being decided already.</exception>
    public Task<long> LockAsync(string key, LockMode mode, TimeSpan? wait = null, CancellationToken cancellationToken = default) =>
        LockAsync([new LockItem { Key = key, Mode = mode }], wait, cancellationToken);

    /// <summary>Locks several keys, all or none, in an order that is the same for everybody: those who take their locks so never deadlock with each other.</summary>
    /// <param name="wait">As for one.</param>
    /// <param name="cancellationToken">As for one.</param>
    /// <returns>One fencing token for all of them.</returns>
    public Task<long> LockAsync(IReadOnlyList<LockItem> locks, TimeSpan? wait = null, CancellationToken cancellationToken = default) =>
        _client.LockAsync(Id, new LocksRequest { Locks = locks, WaitSeconds = wait?.TotalSeconds }, cancellationToken);
}
