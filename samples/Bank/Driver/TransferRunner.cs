using System.Diagnostics;
using Concordat.Client;
using Concordat.Samples.Bank.Processes;

namespace Concordat.Samples.Bank.Driver;

/// <summary>Hands the transfers to the coordinator, so many at a time, and learns the outcome of each.</summary>
internal sealed class TransferRunner(IConcordatClient client, RunOptions options, TransferProgress progress)
{
    private readonly LockedTransfers _locked = new(client, options.Locks);

    public int Victims => _locked.Victims;

    public async Task<TransferResult[]> RunAsync(IReadOnlyList<Transfer> transfers, CancellationToken cancellationToken)
    {
        var results = new TransferResult[transfers.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(transfers, parallel, async (transfer, ct) =>
        {
            progress.Begin();
            results[transfer.Number] = await RunAsync(transfer, ct);
            progress.End();
        });
        return results;
    }

    private async Task<TransferResult> RunAsync(Transfer transfer, CancellationToken cancellationToken)
    {
        // The key makes the request repeatable: when the coordinator dies before it answers, the client asks again under the same
        // key and is told what became of the first one, instead of moving the money twice.
        var key = $"transfer-{options.Seed}-{transfer.Number}";
        var start = Stopwatch.GetTimestamp();
        try
        {
            if (options.Locks != LockOrder.None)
            {
                var (id, reason) = await _locked.RunAsync(transfer, cancellationToken);
                return TransferResult.From(transfer, id, reason, Stopwatch.GetElapsedTime(start));
            }

            var document = await client.TryRunAsync(transfer.ToRequest(), key, cancellationToken);
            return TransferResult.From(transfer, document, Stopwatch.GetElapsedTime(start));
        }
        catch (ConcordatException e)
        {
            throw new RunFailedException($"The outcome of transfer {transfer.Number} ({key}) could not be learned: {e.Message}", e);
        }
    }
}
