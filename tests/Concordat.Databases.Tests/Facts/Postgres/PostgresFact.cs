using System.Data.Common;

namespace Concordat.Databases.Tests.Facts.Postgres;

/// <summary>A database with a table <c>t(id, v)</c> that has rows 1 and 2, and what facts are asked with.</summary>
public abstract class PostgresFact(SharedServers servers) : IAsyncLifetime
{
    private protected TestDatabase Database { get; private set; } = null!;

    private protected PostgresServer Server { get; private set; } = null!;

    /// <summary>A name that no other test has, and that must be quoted.</summary>
    private protected string Name { get; } = $"o'clock {Guid.NewGuid()}";

    private protected string Quoted => $"'{Name.Replace("'", "''", StringComparison.Ordinal)}'";

    public async ValueTask InitializeAsync()
    {
        Server = await servers.PostgresAsync();
        Database = await CreateAsync(Server);
    }

    private protected static async Task<TestDatabase> CreateAsync(PostgresServer server)
    {
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)");
        return database;
    }

    /// <summary>Writes, and prepares under <see cref="Name"/>.</summary>
    private protected Task PrepareAsync(DbConnection connection) =>
        connection.ExecuteAsync($"BEGIN; UPDATE t SET v = v + 1 WHERE id = 1; PREPARE TRANSACTION {Quoted}");

    private protected async Task<bool> IsPreparedAsync() =>
        await Database.ScalarAsync<int>($"SELECT count(*) FROM pg_prepared_xacts WHERE gid = {Quoted}") == 1;

    private protected Task<int> ValueAsync(int id = 1) => Database.ScalarAsync<int>($"SELECT v FROM t WHERE id = {id}");

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Database is not null)
        {
            await Database.Source.DisposeAsync();
        }
    }
}
