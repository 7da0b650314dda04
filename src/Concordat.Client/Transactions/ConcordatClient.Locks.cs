namespace Concordat.Client;

internal sealed partial class ConcordatClient
{
    /// <summary>What the coordinator waits where the request does not say.</summary>
    private static readonly TimeSpan DefaultLockWait = TimeSpan.FromSeconds(30);

    /// <summary>Repeatable: what is held is granted again, and what still waits is stood behind.</summary>
    internal async Task<long> LockAsync(TransactionId id, LocksRequest request, CancellationToken cancellationToken)
    {
        var intent = new RequestIntent($"lock keys for transaction {id}", Repeatable: true, ChangesState: true)
        {
            TransactionId = id,
            MayTake = request.WaitSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultLockWait,
        };
        using var response = await _connection.SendAsync(
            intent, HttpMethod.Post, $"{Transactions}/{id}/locks", request, ContractJson.Default.LocksRequest, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return (await ReadAsync(intent, response, ContractJson.Default.LockAnswer, cancellationToken).ConfigureAwait(false)).FencingToken;
        }

        var problem = await Problem.ReadAsync(response, cancellationToken).ConfigureAwait(false);
        throw problem.Type switch
        {
            "/problems/deadlock" => new DeadlockVictimException(problem.Text, problem.Cycle) { TransactionId = id },
            "/problems/lock-timeout" => new LockTimeoutException(problem.Text) { TransactionId = id },
            "/problems/not-active" => await NotActiveAsync(id, Refused(), cancellationToken).ConfigureAwait(false),
            _ => Refused(),
        };

        RequestRefusedException Refused() => new(problem.Status, problem.Type, $"Could not {intent.Doing}: {problem.Text}") { TransactionId = id };
    }

    public Task<LockList> ListLocksAsync(LockQuery? query = null, CancellationToken cancellationToken = default) =>
        AskAsync("list locks", "v1/locks" + Queries.Of(query), TimeSpan.Zero, ContractJson.Default.LockList, cancellationToken);

    /// <summary>Whoever is told that the transaction takes nothing more may be the victim of a deadlock that another call heard of, or whose answer was lost; or it has aborted otherwise.</summary>
    private async Task<ConcordatException> NotActiveAsync(TransactionId id, RequestRefusedException refused, CancellationToken cancellationToken)
    {
        var reason = await ReasonAsync(id, cancellationToken).ConfigureAwait(false);
        return reason switch
        {
            { Code: AbortCode.Deadlock } => new DeadlockVictimException($"{refused.Message}: {reason.Message}", [], refused) { TransactionId = id },
            not null => new TransactionRolledBackException(refused.Message, reason) { TransactionId = id },
            null => refused,
        };
    }
}
