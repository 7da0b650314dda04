using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Connections;

namespace Concordat.Databases.MySql;

/// <summary>
/// <c>concordat_branches</c>: one row for every branch, written first of all in the branch's own transaction. XA keeps nothing of a
/// finished branch, so this row is what tells: committed, it was; seen only by READ UNCOMMITTED, it is open or prepared; not even
/// seen there, it was rolled back, for the row is undone last. It also says which of the server's branches are of this database, since
/// when, and whose.
/// </summary>
internal static class MarkerTable
{
    internal const string Name = "concordat_branches";

    internal const string Definition =
        $"""
        CREATE TABLE IF NOT EXISTS {Name} (
            transaction_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            branch_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            begun_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
            owner VARCHAR(256) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            PRIMARY KEY (transaction_id, branch_id)
        ) ENGINE=InnoDB COMMENT='One row for each branch of a global transaction (Concordat)'
        """;

    /// <summary>
    /// What every branch, listing and end does, of which nothing matches: the rights are looked at all the same.
    /// </summary>
    internal const string Use =
        $"SELECT 1 FROM {Name} LIMIT 0; DELETE FROM {Name} WHERE FALSE; "
        + $"INSERT INTO {Name} (transaction_id, branch_id, owner) SELECT '', '', '' FROM DUAL WHERE FALSE";

    private const string ReadUncommitted = "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; ";

    private const string ReadCommitted = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ";

    /// <summary>Rows of one page.</summary>
    internal const int PageSize = 1000;

    /// <summary>Rows asked for or removed in one statement.</summary>
    private const int MaxRows = 500;

    internal static string Insert(BranchName name, MySqlOwner owner) =>
        $"INSERT INTO {Name} (transaction_id, branch_id, owner) VALUES ('{name.Transaction}', '{name.Branch}', '{owner}')";

    /// <summary>
    /// A row of its own says which database this is: no variable of MariaDB and MySQL both does. Whoever comes first makes it.
    /// </summary>
    internal static async Task<string> IdentityAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        const string Row = "transaction_id = 'this database' AND branch_id = 'identity'";
        const string Read = $"SELECT owner FROM {Name} WHERE {Row}";
        if (await connection.QueryAsync(Read, cancellationToken).ConfigureAwait(false) is [var known])
        {
            return known[0]!;
        }

        await connection.ExecuteAsync(
            $"INSERT IGNORE INTO {Name} (transaction_id, branch_id, owner) VALUES ('this database', 'identity', CONCAT('mysql:', UUID()))", cancellationToken).ConfigureAwait(false);
        return (await connection.RowAsync(Read, cancellationToken).ConfigureAwait(false))[0]!;
    }

    /// <returns>Null where there is no marker table.</returns>
    internal static async Task<BranchFate?> FateAsync(DbConnection connection, BranchName name, CancellationToken cancellationToken)
    {
        var select = $"SELECT 1 FROM {Name} WHERE {Is(name)}";
        try
        {
            if (await connection.QueryAsync(select, cancellationToken).ConfigureAwait(false) is not [])
            {
                return BranchFate.Committed;
            }

            // In this order: what is committed in between is seen by the second.
            return await connection.QueryAsync(ReadUncommitted + select, cancellationToken).ConfigureAwait(false) is [] ? BranchFate.RolledBack : BranchFate.StillRunning;
        }
        catch (DbException error) when (error.Number() == MySqlErrors.NoSuchTable)
        {
            return null;
        }
    }

    /// <summary>The markers of prepared branches, which are not committed. None, where there is no marker table.</summary>
    internal static async Task<Dictionary<BranchName, Marker>> ReadAsync(
        DbConnection connection, IEnumerable<BranchName> names, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadTableAsync(connection, names, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException error) when (error.Number() == MySqlErrors.NoSuchTable)
        {
            return [];
        }
    }

    private static async Task<Dictionary<BranchName, Marker>> ReadTableAsync(
        DbConnection connection, IEnumerable<BranchName> names, CancellationToken cancellationToken)
    {
        var markers = new Dictionary<BranchName, Marker>();
        foreach (var some in names.Chunk(MaxRows))
        {
            var rows = await connection.QueryAsync(
                $"{ReadUncommitted}SELECT transaction_id, branch_id, owner, TIMESTAMPDIFF(MICROSECOND, begun_at, CURRENT_TIMESTAMP(6)) FROM {Name} WHERE {IsOneOf(some)}",
                cancellationToken).ConfigureAwait(false);
            foreach (var row in rows)
            {
                if (BranchName.TryCreate(row[0]!, row[1]!, out var name))
                {
                    var age = TimeSpan.FromMicroseconds(long.Parse(row[3]!, System.Globalization.CultureInfo.InvariantCulture));
                    markers[name] = new Marker(row[2]!, age);
                }
            }
        }

        return markers;
    }

    /// <summary>
    /// Of branches that are committed: read committed, whatever the server's default is, since the row of a prepared one must not be seen. The age is the server's
    /// clock's. It is not indexed, so young rows are read and left out here: a page costs the same whatever it finds.
    /// </summary>
    internal static async Task<Kept> ListAsync(DbConnection connection, TimeSpan olderThan, BranchName? after, CancellationToken cancellationToken)
    {
        var from = after is { } last
            ? $"WHERE transaction_id >= '{last.Transaction}' AND (transaction_id > '{last.Transaction}' OR branch_id > '{last.Branch}') "
            : "";
        var rows = await connection.QueryAsync(
            $"{ReadCommitted}SELECT transaction_id, branch_id, TIMESTAMPDIFF(SECOND, begun_at, CURRENT_TIMESTAMP(6)) FROM {Name} {from}ORDER BY transaction_id, branch_id LIMIT {PageSize}",
            cancellationToken).ConfigureAwait(false);
        var names = new List<BranchName>();
        BranchName? next = null;
        foreach (var row in rows)
        {
            // One row is this database's identity.
            if (BranchName.TryCreate(row[0]!, row[1]!, out var name))
            {
                next = name;
                if (long.Parse(row[2]!, System.Globalization.CultureInfo.InvariantCulture) >= olderThan.TotalSeconds)
                {
                    names.Add(name);
                }
            }
        }

        return new Kept(names, rows.Count == PageSize ? next : null);
    }

    internal static async Task RemoveAsync(DbConnection connection, IEnumerable<BranchName> names, CancellationToken cancellationToken)
    {
        foreach (var some in names.Chunk(MaxRows))
        {
            // Without gap locks: a branch that begins beside a removed row does not wait. And each by its whole key, which is forced: for several at once, or in a
            // table of a few rows, the server may read it from end to end, and wait for the row of every branch that is prepared.
            var deletions = string.Join("; ", some.Select(name => $"DELETE m FROM {Name} AS m FORCE INDEX (PRIMARY) WHERE {Is(name)}"));
            await connection.ExecuteAsync($"{ReadCommitted}START TRANSACTION; {deletions}; COMMIT", cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Is(BranchName name) => $"(transaction_id = '{name.Transaction}' AND branch_id = '{name.Branch}')";

    private static string IsOneOf(IEnumerable<BranchName> names) => string.Join(" OR ", names.Select(Is));
}

internal readonly record struct Marker(string Owner, TimeSpan Age);
