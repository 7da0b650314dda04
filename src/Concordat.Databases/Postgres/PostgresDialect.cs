using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

internal sealed class PostgresDialect : Dialect
{
    private readonly PostgresPasts _pasts = new();

    internal override Task<IReadOnlyList<Problem>> CheckAsync(DbConnection connection, string? expectedDatabase, CancellationToken cancellationToken) =>
        PostgresChecks.RunAsync(connection, expectedDatabase, cancellationToken);

    /// <summary>The cluster's number and the database's: a name may be given to another one.</summary>
    internal override async Task<string> IdentifyAsync(DbConnection connection, CancellationToken cancellationToken) => (await connection.RowAsync(
        "SELECT 'postgresql:' || (pg_control_system()).system_identifier || '/' || oid FROM pg_database WHERE datname = current_database()",
        cancellationToken).ConfigureAwait(false))[0]!;

    /// <summary>Costs no round trip with a driver that sends BEGIN together with the first statement.</summary>
    internal override async Task<Branch> BeginAsync(
        DbConnection connection, BranchName name, IsolationLevel isolation, CancellationToken cancellationToken) =>
        new PostgresBranch(name, connection, await connection.BeginTransactionAsync(isolation, cancellationToken).ConfigureAwait(false), _pasts);

    internal override Task<FinishResult> CommitAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        PostgresFinishing.FinishAsync(connection, "COMMIT", name, cancellationToken);

    internal override Task<FinishResult> RollbackAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken) =>
        PostgresFinishing.FinishAsync(connection, "ROLLBACK", name, cancellationToken);

    internal override Task<IReadOnlyList<PreparedBranch>> ListAsync(DbConnection connection, bool withLocks, CancellationToken cancellationToken) =>
        PostgresListing.ReadAsync(connection, withLocks, cancellationToken);

    internal override async Task<BranchFate> FateAsync(DbConnection connection, BranchName name, string? evidence, CancellationToken cancellationToken)
    {
        if (!PostgresEvidence.TryParse(evidence, out var then))
        {
            return BranchFate.Unknown;
        }

        try
        {
            var row = await connection.RowAsync($"{PostgresPast.Query}, pg_xact_status('{then.TransactionId}'::xid8)", cancellationToken).ConfigureAwait(false);
            if (PostgresPast.Of(row) != new PostgresPast(then.Cluster, then.Timeline))
            {
                return BranchFate.Unknown;
            }

            return row[2] switch
            {
                "committed" => BranchFate.Committed,
                "aborted" => BranchFate.RolledBack,
                "in progress" => BranchFate.StillRunning,
                _ => BranchFate.Unknown,
            };
        }
        catch (DbException error) when (error.State() == PostgresErrors.InvalidParameterValue)
        {
            // "... is in the future": the server has gone back to a time before the branch, or is another one.
            return BranchFate.Unknown;
        }
    }

    /// <summary>PostgreSQL remembers every transaction by itself, for as long as it has to.</summary>
    internal override Task ForgetAsync(DbConnection connection, IReadOnlyCollection<BranchName> names, CancellationToken cancellationToken) => Task.CompletedTask;
}
