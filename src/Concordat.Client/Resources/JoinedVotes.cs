namespace Concordat.Client.Resources;

/// <summary>
/// The part of a service that was called with somebody else's transaction. Its branches are prepared; then:
/// <list type="number">
/// <item>Where there are several, all are enlisted without their votes: none may be decided without the others.</item>
/// <item>Each vote is sent. From the first on the transaction may commit, as soon as whoever began it asks.</item>
/// <item>The service answers its caller. Meanwhile its branches wait for the outcome, on their connections, and are finished by it.</item>
/// </list>
/// A crash at any time leaves what is prepared to a sweep: without all votes the deadline aborts it.
/// </summary>
internal sealed class JoinedVotes(ConcordatClient client, TransactionId id, HeldBranches held)
{
    /// <param name="votes">Of all that is held.</param>
    /// <exception cref="RequestRefusedException">409 <c>/problems/not-active</c>: the transaction is over. What was held is rolled back.</exception>
    /// <exception cref="ConcordatException">The vote does not count, or that is not known: then a sweep finishes what is prepared.</exception>
    public async Task SendAsync(IReadOnlyList<BranchRequest> votes, CancellationToken cancellationToken)
    {
        var holding = votes.Where(v => v.Vote == Vote.Yes).ToList();
        if (holding.Count == 0)
        {
            await held.FinishAsync(Outcome.Committed).ConfigureAwait(false);
            return;
        }

        try
        {
            if (holding.Count > 1)
            {
                await Task.WhenAll(holding.Select(v => client.EnlistAsync(id, v with { Vote = null, Evidence = null }, cancellationToken))).ConfigureAwait(false);
            }
        }
        catch
        {
            // No vote was sent, so it cannot commit with what is held here.
            await held.FinishAsync(Outcome.Aborted).ConfigureAwait(false);
            throw;
        }

        try
        {
            await Task.WhenAll(holding.Select(v => client.EnlistAsync(id, v, cancellationToken))).ConfigureAwait(false);
        }
        catch (ConcordatException e) when (e is CoordinatorUnreachableException or CoordinatorOverloadedException or RequestRefusedException { Type: "/problems/not-active" })
        {
            // One vote certainly does not count, so neither do the others.
            await held.FinishAsync(Outcome.Aborted).ConfigureAwait(false);
            throw;
        }
        catch
        {
            await held.LetGoAsync().ConfigureAwait(false);
            throw;
        }

        _ = Task.Run(() => FinishAsync(holding[0].BranchId!), CancellationToken.None);
    }

    /// <summary>Says no in the name of a branch that could not be prepared. Never throws: without it the deadline aborts.</summary>
    public async Task RefuseAsync(string resource, string reason, CancellationToken cancellationToken)
    {
        try
        {
            var no = new BranchRequest { Participant = resource, BranchId = Guid.NewGuid().ToString("N"), Vote = Vote.No, Reason = reason };
            await client.EnlistAsync(id, no, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ConcordatException or OperationCanceledException)
        {
            ResourceLogMessages.NotRefused(client.Logger, id, resource, e);
        }
    }

    /// <summary>Whoever waits longer than this has a connection to spare, and the locks stay anyway.</summary>
    private async Task FinishAsync(string branchId)
    {
        try
        {
            if (await client.OutcomeAsync(id, branchId, client.Options.JoinedWait, CancellationToken.None).ConfigureAwait(false) is { } outcome)
            {
                await held.FinishAsync(outcome).ConfigureAwait(false);
                return;
            }
        }
#pragma warning disable CA1031 // Handlers of the application may throw anything, and nobody awaits this.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ResourceLogMessages.OutcomeNotHeard(client.Logger, id, e);
        }

        await held.LetGoAsync().ConfigureAwait(false);
    }
}
