using System.Data.Common;
using Concordat.Testing.Databases;

namespace Concordat.Samples.Orders.Demo;

/// <param name="State">The transaction's, at the coordinator.</param>
internal sealed record PreparedOrder(string Database, string Transaction, string Locks, TransactionState State);

/// <summary>Looks into the databases, past the API.</summary>
internal sealed class Look(ShopDatabases databases, Shop shop)
{
    private const int IdLength = 36;

    private const string Postgres =
        """
        SELECT gid || ' ' || (SELECT count(*) || ' on ' || string_agg(DISTINCT relation::regclass::text, ', ') FROM pg_locks WHERE pid IS NULL AND virtualtransaction =
            (SELECT virtualtransaction FROM pg_locks WHERE pid IS NULL AND transactionid = prepared.transaction LIMIT 1))
        FROM pg_prepared_xacts prepared WHERE database = current_database()
        """;

    /// <summary>MariaDB does not say which locks are whose: these are those of the server.</summary>
    private const string MariaDb = "SELECT CONCAT(SUM(trx_rows_locked), ' on rows of ', SUM(trx_tables_locked), ' tables') FROM information_schema.INNODB_TRX";

    /// <summary>What is prepared there and known to this coordinator.</summary>
    public async Task<List<PreparedOrder>> PreparedAsync()
    {
        var found = new List<PreparedOrder>();
        foreach (var (name, source) in ((string, DbDataSource)[])[("orders", databases.Orders), ("billing", databases.Billing)])
        {
            await using var connection = await source.OpenConnectionAsync();
            foreach (var row in await connection.ColumnAsync(Postgres))
            {
                await AddAsync(found, name, row.Split(' ')[0], row[(row.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            }
        }

        await using var stock = await databases.Stock.OpenConnectionAsync();
        foreach (var branch in await stock.ColumnAsync("XA RECOVER", "data"))
        {
            await AddAsync(found, "stock", branch, await stock.ScalarAsync<string>(MariaDb));
        }

        return found;
    }

    /// <summary>In which databases each of these orders is.</summary>
    public async Task<string[]> WhereAsync(IReadOnlyList<Guid> ids)
    {
        var orders = await IdsAsync(databases.Orders, "SELECT \"Id\" FROM \"Order\"");
        var invoices = await IdsAsync(databases.Billing, "SELECT \"OrderId\" FROM \"Invoice\"");
        var reservations = await IdsAsync(databases.Stock, "SELECT order_id FROM reservations");
        return [.. ids.Select(id => string.Join(", ", new[] { (orders, "orders"), (invoices, "billing"), (reservations, "stock") }.Where(t => t.Item1.Contains(id)).Select(t => t.Item2)))];
    }

    private async Task AddAsync(List<PreparedOrder> found, string database, string branch, string locks)
    {
        if (branch.Length > IdLength && await shop.TransactionAsync(branch[..IdLength]) is { } transaction)
        {
            found.Add(new PreparedOrder(database, branch[..IdLength], locks, transaction.State));
        }
    }

    private static async Task<HashSet<Guid>> IdsAsync(DbDataSource source, string sql)
    {
        await using var connection = await source.OpenConnectionAsync();
        return [.. (await connection.ColumnAsync(sql)).Select(Guid.Parse)];
    }
}
