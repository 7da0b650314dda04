using Concordat.Client;

namespace Concordat.Samples.Bank.Driver;

/// <summary>
/// Transfers that lock both accounts first. In one order for all there is never a deadlock; in whichever order the money flows there are
/// many: the victims are run again until they have committed, or a bank says no.
/// </summary>
internal sealed class LockedTransfers(IConcordatClient client, LockOrder order)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private int _victims;

    /// <summary>How often a transfer was the victim of a deadlock, and was run again.</summary>
    public int Victims => _victims;

    /// <returns>Of the run of it that was not a victim.</returns>
    public async Task<(TransactionId Id, AbortReason? Reason)> RunAsync(Transfer transfer, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (id, reason) = await OnceAsync(transfer, cancellationToken);
            if (reason?.Code != AbortCode.Deadlock)
            {
                return (id, reason);
            }

            Interlocked.Increment(ref _victims);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 5 << Math.Min(attempt, 6))), cancellationToken);
        }
    }

    private async Task<(TransactionId Id, AbortReason? Reason)> OnceAsync(Transfer transfer, CancellationToken cancellationToken)
    {
        await using var transaction = await client.BeginAsync(new BeginOptions { Name = "transfer", Timeout = Timeout }, cancellationToken);
        try
        {
            await LockAsync(transaction, transfer, cancellationToken);
            foreach (var branch in transfer.ToRequest().Branches!)
            {
                await transaction.EnlistAsync(branch.Participant, branch.Operations!, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return (transaction.Id, null);
        }
        catch (DeadlockVictimException e)
        {
            return (transaction.Id, new AbortReason(AbortCode.Deadlock, null, e.Message));
        }
        catch (TransactionRolledBackException e)
        {
            return (transaction.Id, e.Reason ?? new AbortReason(AbortCode.Recovery, null, e.Message));
        }
        catch (LockTimeoutException e)
        {
            return (transaction.Id, new AbortReason(AbortCode.Timeout, null, e.Message));
        }
        catch (RequestRefusedException e) when (e.Type is "/problems/forgotten" or "/problems/unknown-transaction")
        {
            // It was begun, and lost with its coordinator before it was durable: nothing of it is anywhere.
            return (transaction.Id, new AbortReason(AbortCode.Recovery, null, e.Message));
        }
    }

    private async Task LockAsync(ConcordatTransaction transaction, Transfer transfer, CancellationToken cancellationToken)
    {
        LockItem[] accounts = [.. new[] { transfer.From, transfer.To }.Select(a => new LockItem { Key = $"{a.Bank}/{a.Account}", Mode = LockMode.Exclusive })];
        if (order == LockOrder.Ordered)
        {
            await transaction.LockAsync(accounts, Timeout, cancellationToken);
            return;
        }

        foreach (var account in accounts)
        {
            await transaction.LockAsync([account], Timeout, cancellationToken);
        }
    }
}

internal enum LockOrder
{
    /// <summary>No locks: the banks hold funds at prepare.</summary>
    None,

    /// <summary>Both accounts in one call.</summary>
    Ordered,

    /// <summary>First the one, then the other.</summary>
    Random,
}
