using System.Data;
using System.Data.Common;
using Concordat.Client.Resources;
using Concordat.Databases.Branches;

namespace Concordat.Databases;

/// <summary>A database as a resource: opened for branches, listed and finished for sweeps. Every call takes a connection of its own.</summary>
internal sealed class DatabaseResource(string name, DbDataSource source, Dialect dialect) : IResource, IMarkerKeeper
{
    private volatile bool _isChecked;

    public string Name => name;

    /// <summary>Checks it first, until it was found in order once: what is not in order loses or locks data later.</summary>
    /// <exception cref="DatabaseNotUsableException">Something would lose or lock data later; all of it is named.</exception>
    public async Task<string> IdentifyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await CheckAsync(connection, cancellationToken).ConfigureAwait(false);
        return await dialect.IdentifyAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// What is of another database of the same server is left out: its transaction may have a branch here, too, and what is not found among those
    /// would be rolled back.
    /// </summary>
    public async Task<IReadOnlyList<Client.Resources.PreparedBranch>> ListPreparedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var listed = await dialect.ListAsync(connection, withLocks: false, cancellationToken).ConfigureAwait(false);
        return [.. listed.Where(b => b.IsOfThisDatabase).Select(b => new Client.Resources.PreparedBranch(b.RawName, b.Age, b.Owner, b.Locks))];
    }

    public async Task FinishAsync(string branch, Outcome outcome, CancellationToken cancellationToken)
    {
        if (!BranchName.TryParse(branch, out var parsed))
        {
            throw new ArgumentException($"'{branch}' is not the name of a branch of ours, and not touched", nameof(branch));
        }

        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        RequireEnd(parsed, await FinishAsync(connection, parsed, outcome, evidence: null, cancellationToken).ConfigureAwait(false));
    }

    public async Task<Fate?> FateOfAsync(TransactionId transaction, string branchId, string evidence, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await dialect.FateAsync(connection, new BranchName(transaction, branchId), evidence, cancellationToken).ConfigureAwait(false) switch
        {
            BranchFate.Committed => Fate.Committed,
            BranchFate.RolledBack => Fate.RolledBack,
            BranchFate.StillRunning => null,
            _ => Fate.Unknown,
        };
    }

    public async Task<MarkerPage> ListMarkersAsync(TimeSpan olderThan, BranchMarker? after, CancellationToken cancellationToken)
    {
        if (!dialect.Keeps)
        {
            return new MarkerPage([], Next: null);
        }

        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var kept = await dialect.ListKeptAsync(
            connection, olderThan, after is { } last ? new BranchName(last.Transaction, last.BranchId) : null, cancellationToken).ConfigureAwait(false);
        return new MarkerPage([.. kept.Names.Select(Marker)], kept.Next is { } next ? Marker(next) : null);

        static BranchMarker Marker(BranchName name) => new(name.Transaction, name.Branch);
    }

    public async Task ForgetAsync(IReadOnlyCollection<BranchMarker> markers, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await dialect.ForgetAsync(connection, [.. markers.Select(m => new BranchName(m.Transaction, m.BranchId))], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Everything that is prepared on its server as far as that shows it, with what it holds, for people.</summary>
    internal async Task<IReadOnlyList<Branches.PreparedBranch>> ListForPeopleAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await dialect.ListAsync(connection, withLocks: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a branch of a transaction, on a connection that belongs to it.</summary>
    /// <exception cref="DbException">The database cannot be reached, or refused.</exception>
    /// <exception cref="DatabaseNotUsableException">See <see cref="IdentifyAsync"/>.</exception>
    internal async Task<DatabaseBranch> OpenAsync(TransactionId transaction, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CheckAsync(connection, cancellationToken).ConfigureAwait(false);

            // Random, since several services may have branches of one transaction on this database.
            var branch = new BranchName(transaction, Names.OwnBranchPrefix + Guid.NewGuid().ToString("N"));
            return new DatabaseBranch(this, await dialect.BeginAsync(connection, branch, isolation, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>On the branch's own connection where that lives, else on a new one.</summary>
    internal async Task FinishAsync(Branch branch, Outcome outcome, string? evidence, CancellationToken cancellationToken)
    {
        try
        {
            await FinishAsync(branch.Connection).ConfigureAwait(false);
            return;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException && !cancellationToken.IsCancellationRequested)
        {
            // The server may have it done all the same; then the other connection does not find it.
        }

        await using var other = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await FinishAsync(other).ConfigureAwait(false);

        // Who reports a commit must know of it: what is not there may have been rolled back by hand.
        async Task FinishAsync(DbConnection connection)
        {
            var result = await this.FinishAsync(connection, branch.Name, outcome, evidence, cancellationToken).ConfigureAwait(false);
            RequireEnd(branch.Name, result);
            if (outcome == Outcome.Committed && result == FinishResult.NotThere
                && await dialect.FateAsync(connection, branch.Name, evidence, cancellationToken).ConfigureAwait(false) is not BranchFate.Committed and var fate)
            {
                throw new InvalidOperationException($"{branch.Name} is not prepared at '{name}' any more, and is {fate} there");
            }
        }
    }

    private Task<FinishResult> FinishAsync(DbConnection connection, BranchName branch, Outcome outcome, string? evidence, CancellationToken cancellationToken) =>
        outcome == Outcome.Committed
            ? dialect.CommitAsync(connection, branch, evidence, cancellationToken)
            : dialect.RollbackAsync(connection, branch, evidence, cancellationToken);

    /// <summary>What is not there was finished by somebody else, who was told the same outcome; a sweep that awaits it asks for its fate.</summary>
    private void RequireEnd(BranchName branch, FinishResult result)
    {
        if (result is not (FinishResult.Done or FinishResult.NotThere))
        {
            throw new InvalidOperationException(result == FinishResult.HeldByOwner
                ? $"{branch} is held by the session that prepared it at '{name}', and this user may not end that session"
                : $"another session is finishing {branch} at '{name}'");
        }
    }

    private async Task CheckAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (_isChecked)
        {
            return;
        }

        var problems = await dialect.CheckAsync(connection, expectedDatabase: null, cancellationToken).ConfigureAwait(false);
        if (problems.Count > 0)
        {
            throw new DatabaseNotUsableException(name, [.. problems.Select(p => p.ToString())]);
        }

        _isChecked = true;
    }
}
