using Concordat.Core;

namespace Concordat.Client;

/// <summary>Runs transactions that take locks, and may be the victims of deadlocks.</summary>
public static class ConcordatClientTransactions
{
    private static readonly Backoff Between = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1));

    /// <summary>
    /// Begins a transaction, does the work and commits. Where it was the victim of a deadlock it is rolled back and all of it is run again, as a
    /// new transaction, after a wait that grows. Any other failure goes to the caller, and rolls back what is not decided.
    /// </summary>
    /// <param name="work">Locks, enlists and reads; it must bear being run more than once, and neither commits nor rolls back.</param>
    /// <param name="attempts">How often at most.</param>
    /// <param name="cancellationToken">Before the commit it rolls back; see <see cref="ConcordatTransaction.CommitAsync"/>.</param>
    /// <exception cref="DeadlockVictimException">The last attempt was a victim, too.</exception>
    /// <exception cref="TransactionRolledBackException">It aborted; with the reason deadlock: the last attempt was a victim, too, and only its commit heard of it.</exception>
    public static async Task<T> TransactAsync<T>(
        this IConcordatClient client, Func<ConcordatTransaction, CancellationToken, Task<T>> work, BeginOptions? options = null, int attempts = 10,
        TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(work);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        var random = new SplitMix64(unchecked((ulong)Random.Shared.NextInt64()));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await OnceAsync(client, work, options, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsVictim(e) && attempt < attempts)
            {
                await Task.Delay(Between.After(attempt, random), time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<T> OnceAsync<T>(
        IConcordatClient client, Func<ConcordatTransaction, CancellationToken, Task<T>> work, BeginOptions? options, CancellationToken cancellationToken)
    {
        var transaction = await client.BeginAsync(options, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var result = await work(transaction, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    /// <summary>Told to the lock that it waited for, or to a later call.</summary>
    private static bool IsVictim(Exception e) => e is DeadlockVictimException or TransactionRolledBackException { Reason.Code: AbortCode.Deadlock };
}
