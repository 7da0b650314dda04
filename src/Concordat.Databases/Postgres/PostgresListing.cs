using System.Data.Common;
using System.Globalization;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

internal static class PostgresListing
{
    private const char Between = '\n';

    /// <summary>
    /// A prepared transaction's locks are of no process. They have the virtual id of the session that prepared it, or, after a restart,
    /// one made of the transaction's own id; the lock on that id says which.
    /// </summary>
    private const string Locks =
        """
        LEFT JOIN (
            SELECT own.transactionid::text AS id, count(*) AS held,
                string_agg(DISTINCT CASE WHEN l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) THEN l.relation::regclass::text END, E'\n') AS tables
            FROM pg_locks AS own JOIN pg_locks AS l ON l.virtualtransaction = own.virtualtransaction AND l.pid IS NULL
            WHERE own.locktype = 'transactionid' AND own.pid IS NULL
            GROUP BY 1) AS locks ON locks.id = p.transaction::text
        """;

    internal static async Task<IReadOnlyList<PreparedBranch>> ReadAsync(DbConnection connection, bool withLocks, CancellationToken cancellationToken)
    {
        var (columns, join) = withLocks ? ("locks.held::text, locks.tables", Locks) : ("NULL, NULL", "");
        var sql = $"SELECT gid, owner::text, extract(epoch FROM clock_timestamp() - prepared)::text, {columns} FROM pg_prepared_xacts AS p {join} WHERE p.database = current_database()";
        var rows = await connection.QueryAsync(sql, cancellationToken).ConfigureAwait(false);
        return rows.ConvertAll(row => new PreparedBranch(
            row[0]!,
            BranchName.TryParse(row[0], out var name) ? name : null,
            IsOfThisDatabase: true,
            TimeSpan.FromSeconds(double.Parse(row[2]!, CultureInfo.InvariantCulture)),
            row[1],
            row[3] is { } held ? int.Parse(held, CultureInfo.InvariantCulture) : null,
            row[4]?.Split(Between) ?? []));
    }
}
