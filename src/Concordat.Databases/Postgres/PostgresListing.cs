using System.Data.Common;
using System.Globalization;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.Postgres;

/// <summary>
/// Two queries, joined here: the server takes the number of its locks to be a thousand, whatever it is, and plans a join of ten
/// thousand branches to last 20 seconds. So it is 0.1.
/// </summary>
internal static class PostgresListing
{
    private const char BetweenTables = '\n';

    private const string Prepared =
        "SELECT gid, owner::text, extract(epoch FROM clock_timestamp() - prepared)::text, transaction::text FROM pg_prepared_xacts WHERE database = current_database()";

    /// <summary>
    /// A prepared transaction's locks are of no process. They share the virtual id of the session that prepared it, or, after a
    /// restart, one made of its own id; the locks on its ids, of which it has more with savepoints, say whose they are.
    /// </summary>
    private const string Locks =
        """
        SELECT string_agg(transactionid::text, ' '), count(*)::text,
            string_agg(DISTINCT CASE WHEN database = (SELECT oid FROM pg_database WHERE datname = current_database()) THEN relation::regclass::text END, E'\n')
        FROM pg_locks WHERE pid IS NULL GROUP BY virtualtransaction
        """;

    internal static async Task<IReadOnlyList<PreparedBranch>> ReadAsync(DbConnection connection, bool withLocks, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync(Prepared, cancellationToken).ConfigureAwait(false);
        var locks = withLocks ? await ReadLocksAsync(connection, cancellationToken).ConfigureAwait(false) : [];
        return rows.ConvertAll(row => new PreparedBranch(
            row[0]!,
            BranchName.TryParse(row[0], out var name) ? name : null,
            IsOfThisDatabase: true,
            TimeSpan.FromSeconds(double.Parse(row[2]!, CultureInfo.InvariantCulture)),
            row[1],
            locks.TryGetValue(row[3]!, out var held) ? held.Count : null,
            held.Tables ?? []));
    }

    /// <summary>By transaction id.</summary>
    private static async Task<Dictionary<string, (int Count, string[]? Tables)>> ReadLocksAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var locks = new Dictionary<string, (int, string[]?)>(StringComparer.Ordinal);
        foreach (var row in await connection.QueryAsync(Locks, cancellationToken).ConfigureAwait(false))
        {
            foreach (var id in row[0]?.Split(' ') ?? [])
            {
                locks[id] = (int.Parse(row[1]!, CultureInfo.InvariantCulture), row[2]?.Split(BetweenTables));
            }
        }

        return locks;
    }
}
