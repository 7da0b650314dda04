using Concordat.Testing.Databases;
using Npgsql;

namespace Concordat.Samples.Bank.Processes;

/// <summary>A PostgreSQL server of the run's own, with a database for each bank.</summary>
internal sealed class BankDatabases : IKillable, IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly Dictionary<string, TestDatabase> _databases;

    private BankDatabases(PostgresServer server, Dictionary<string, TestDatabase> databases) => (_server, _databases) = (server, databases);

    public string Name => "postgresql";

    /// <exception cref="RunFailedException">PostgreSQL is not installed.</exception>
    public static async Task<BankDatabases> StartAsync()
    {
        if (ServerPrograms.Postgres("postgres") is null || ServerPrograms.Postgres("initdb") is null)
        {
            throw new RunFailedException("no PostgreSQL was found: install it (apt-get install postgresql); its service need not run");
        }

        // A branch in doubt holds one of these until its outcome comes, and a killed bank leaves as many as it had calls.
        var server = await PostgresServer.StartAsync("max_prepared_transactions=2000", "max_connections=300");
        var databases = new Dictionary<string, TestDatabase>(StringComparer.Ordinal);
        foreach (var bank in Cluster.BankNames)
        {
            databases.Add(bank, await server.CreateDatabaseAsync(bank));
        }

        return new BankDatabases(server, databases);
    }

    public string ConnectionString(string bank) =>
        new NpgsqlConnectionStringBuilder(_databases[bank].ConnectionString) { Pooling = true, MaxPoolSize = 130, Timeout = 5 }.ConnectionString;

    /// <summary>What waits for its second phase.</summary>
    public async Task<IReadOnlyList<string>> PreparedAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _databases.Values.First().Source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT database || ': ' || gid FROM pg_prepared_xacts ORDER BY 1";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var prepared = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            prepared.Add(reader.GetString(0));
        }

        return prepared;
    }

    public Task KillAndRestartAsync(CancellationToken cancellationToken) => _server.RestartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
