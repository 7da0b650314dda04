using Concordat.Matrix.Tests.Proxies;

namespace Concordat.Matrix.Tests.Worlds;

/// <summary>A database with one row in it, on a server of its own, and the proxy by which the application reaches it.</summary>
internal sealed class Branch : IAsyncDisposable
{
    private const int IdLength = 36;
    private readonly bool _isPostgres;
    private readonly TestDatabase _database;

    private Branch(string name, bool isPostgres, TestDatabase database)
    {
        (Name, _isPostgres, _database) = (name, isPostgres, database);
        Proxy = new HoldingProxy { Server = database.Server.Port };
    }

    /// <summary>At the coordinator.</summary>
    internal string Name { get; }

    internal HoldingProxy Proxy { get; }

    internal DatabaseServer Server => _database.Server;

    internal TestDatabase Database => _database;

    /// <summary>For the application: through the proxy.</summary>
    internal string ConnectionString => _database.ConnectionString.Replace($"Port={Server.Port}", $"Port={Proxy.Port}", StringComparison.OrdinalIgnoreCase);

    internal string Prepare => _isPostgres ? "PREPARE TRANSACTION" : "XA PREPARE";

    internal string Commit => _isPostgres ? "COMMIT PREPARED" : "XA COMMIT";

    internal bool IsPostgres => _isPostgres;

    internal static async Task<Branch> StartAsync(string name, bool isPostgres)
    {
        DatabaseServer server = isPostgres ? await PostgresServer.StartAsync() : await MariaDbServer.StartAsync();
        var database = await server.CreateDatabaseAsync(name);
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0)");
        return new Branch(name, isPostgres, database);
    }

    internal Task<int> ValueAsync() => _database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1");

    /// <summary>All that is prepared on the server, of whomever. XA has names of two parts, with nothing between them.</summary>
    internal async Task<IReadOnlyList<string>> PreparedAsync()
    {
        await using var connection = await _database.OpenAsync();
        return _isPostgres
            ? await connection.ColumnAsync("SELECT gid FROM pg_prepared_xacts")
            : [.. (await connection.ColumnAsync("XA RECOVER", "data")).Select(name => name.Insert(IdLength, "/"))];
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
    }
}
