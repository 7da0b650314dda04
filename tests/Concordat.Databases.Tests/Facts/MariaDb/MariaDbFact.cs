using System.Data.Common;

namespace Concordat.Databases.Tests.Facts.MariaDb;

/// <summary>A database with a table <c>t(id, v)</c> that has rows 1 and 2, and what facts are asked with.</summary>
public abstract class MariaDbFact(SharedServers servers) : IAsyncLifetime
{
    private protected TestDatabase Database { get; private set; } = null!;

    private protected MariaDbServer Server { get; private set; } = null!;

    /// <summary>A name that no other test has, as XA statements take it.</summary>
    private protected string Xid { get; } = $"'{Guid.NewGuid()}','o''clock'";

    private string Data => Xid.Replace("','", "", StringComparison.Ordinal).Replace("''", "'", StringComparison.Ordinal).Trim('\'');

    public async ValueTask InitializeAsync()
    {
        Server = await servers.MariaDbAsync();
        Database = await CreateAsync(Server);
    }

    private protected static async Task<TestDatabase> CreateAsync(MariaDbServer server)
    {
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL) ENGINE=InnoDB; INSERT INTO t VALUES (1, 0), (2, 0)");
        return database;
    }

    /// <summary>Writes, and leaves the branch active.</summary>
    private protected Task WriteAsync(DbConnection connection) => connection.ExecuteAsync($"XA START {Xid}; UPDATE t SET v = v + 1 WHERE id = 1");

    private protected async Task PrepareAsync(DbConnection connection)
    {
        await WriteAsync(connection);
        await connection.ExecuteAsync($"XA END {Xid}; XA PREPARE {Xid}");
    }

    private protected Task<bool> IsListedAsync() => IsListedAsync(Database);

    private protected async Task<bool> IsListedAsync(TestDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.ColumnAsync("XA RECOVER", "data")).Contains(Data);
    }

    private protected Task<int> ValueAsync(int id = 1) => Database.ScalarAsync<int>($"SELECT v FROM t WHERE id = {id}");

    private protected static Task<long> IdAsync(DbConnection connection) => connection.ScalarAsync<long>("SELECT CONNECTION_ID()");

    /// <summary>Ends a session from outside, as the server does when it notices a cut cable.</summary>
    private protected async Task KillAsync(DbConnection victim) => await KillAsync(await IdAsync(victim));

    private protected async Task KillAsync(long id)
    {
        await using var other = await Database.OpenAsync();
        await other.ExecuteAsync($"KILL {id}");
        await Until.TrueAsync(
            "the server ends the session",
            async () => await other.ScalarAsync<int>($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {id}") == 0);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Database is not null)
        {
            await Database.Source.DisposeAsync();
        }
    }
}
