using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

internal sealed class PostgresDialect : Dialect
{
    internal override Task<IReadOnlyList<Problem>> CheckAsync(DbConnection connection, string? expectedDatabase, CancellationToken cancellationToken) =>
        PostgresChecks.RunAsync(connection, expectedDatabase, cancellationToken);

    /// <summary>Costs no round trip with a driver that sends BEGIN together with the first statement.</summary>
    internal override async Task<Branch> BeginAsync(
        DbConnection connection, BranchName name, IsolationLevel isolation, CancellationToken cancellationToken) =>
        new PostgresBranch(name, connection, await connection.BeginTransactionAsync(isolation, cancellationToken).ConfigureAwait(false));

    internal override Task<FinishResult> CommitAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        PostgresFinishing.FinishAsync(connection, "COMMIT", name, cancellationToken);

    internal override Task<FinishResult> RollbackAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        PostgresFinishing.FinishAsync(connection, "ROLLBACK", name, cancellationToken);

    internal override Task<IReadOnlyList<PreparedBranch>> ListAsync(DbConnection connection, bool withLocks, CancellationToken cancellationToken) =>
        PostgresListing.ReadAsync(connection, withLocks, cancellationToken);

    internal override async Task<Fate> FateAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken)
    {
        if (!PostgresEvidence.TryParse(evidence, out var then))
        {
            return Fate.Unknown;
        }

        var now = await connection.RowAsync(PostgresEvidence.Query, cancellationToken).ConfigureAwait(false);
        if (now[0] != then.Cluster || now[1] != then.Timeline)
        {
            return Fate.Unknown;
        }

        try
        {
            var row = await connection.RowAsync($"SELECT pg_xact_status('{then.TransactionId}'::xid8)", cancellationToken).ConfigureAwait(false);
            return row[0] switch
            {
                "committed" => Fate.Committed,
                "aborted" => Fate.RolledBack,
                "in progress" => Fate.StillRunning,
                _ => Fate.Unknown,
            };
        }
        catch (DbException error) when (error.State() == PostgresErrors.InvalidParameterValue)
        {
            // "... is in the future": the server has gone back to a time before the branch.
            return Fate.Unknown;
        }
    }

    /// <summary>PostgreSQL remembers every transaction by itself, for as long as it has to.</summary>
    internal override Task ForgetAsync(DbConnection connection, IReadOnlyCollection<BranchName> names, CancellationToken cancellationToken) => Task.CompletedTask;
}
