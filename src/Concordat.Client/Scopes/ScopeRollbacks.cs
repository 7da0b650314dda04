using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Concordat.Client;

/// <summary>
/// Tells the coordinator of scopes that were left without a commit, so that it need not wait for their deadlines. Nobody waits for it and nothing depends on it: what was
/// not asked to commit does not.
/// </summary>
internal sealed class ScopeRollbacks(CoordinatorConnection connection, TimeSpan timeout, TimeProvider time, ILogger logger)
{
    private const int Most = 100;
    private int _underWay;

    public void Start(TransactionId id)
    {
        var underWay = Interlocked.Increment(ref _underWay);
        if (underWay > Most)
        {
            Interlocked.Decrement(ref _underWay);
            ScopeLogMessages.RollbackLeftToDeadline(logger, id, underWay - 1);
            return;
        }

        _ = Task.Run(() => RunAsync(id));
    }

    [SuppressMessage("Design", "CA1031", Justification = "Nobody is there to hear of it; the deadline aborts it in any case.")]
    private async Task RunAsync(TransactionId id)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        var intent = new RequestIntent($"roll scope {id} back", Repeatable: true, ChangesState: true) { TransactionId = id };
        try
        {
            using var response = await connection.SendAsync<CommitRequest>(intent, HttpMethod.Post, $"v1/transactions/{id}/rollback", null, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ScopeLogMessages.RollbackFailed(logger, id, e);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
