using System.Data.Common;
using System.Text.RegularExpressions;
using Npgsql;

namespace Concordat.Testing.Databases;

internal sealed partial class PostgresServer : DatabaseServer
{
    /// <summary>Where to find a server when its programs are not installed. Its user must be a superuser.</summary>
    internal const string Variable = "CONCORDAT_TEST_POSTGRES";

    private const string User = "postgres";
    private readonly string _connectionString;

    private PostgresServer(ServerProcess? process, string connectionString)
        : base("PostgreSQL", process) => _connectionString = connectionString;

    /// <param name="settings">As in postgresql.conf, such as <c>max_prepared_transactions=0</c>.</param>
    internal static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        if (ServerPrograms.Postgres("postgres") is not { } postgres || ServerPrograms.Postgres("initdb") is not { } initdb)
        {
            return Elsewhere(settings);
        }

        var user = UnprivilegedUser.For("postgres");
        var folder = await ServerFolder.CreateAsync(TextWriter.Null, user);
        var (exitCode, output) = await Child.RunAsync(
            TextWriter.Null,
            UnprivilegedUser.As(user, initdb, "--pgdata", folder, "--username", User, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"));
        Assert.True(exitCode == 0, $"initdb ended with {exitCode}: {output}");
        string[] all =
        [
            "max_prepared_transactions=200", "max_connections=200", "fsync=on", "shared_buffers=32MB", "unix_socket_directories=",
            // Else a killed server that is not started again leaves a file in /dev/shm.
            "dynamic_shared_memory_type=mmap", .. settings,
        ];
        var process = new ServerProcess("PostgreSQL", folder, Ready(), port =>
            UnprivilegedUser.As(user, [postgres, "-D", folder, "-c", "listen_addresses=127.0.0.1", "-p", $"{port}", .. all.SelectMany(setting => new[] { "-c", setting })]));
        await process.StartAsync();
        return new PostgresServer(process, $"Host=127.0.0.1;Port={process.Port};Username={User};Database=postgres");
    }

    private static PostgresServer Elsewhere(string[] settings)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } connectionString)
        {
            throw NotRun.Because($"PostgreSQL's postgres and initdb are neither on PATH nor below /usr/lib/postgresql, and {Variable} is not set");
        }

        return settings is []
            ? new PostgresServer(null, connectionString)
            : throw NotRun.Because($"the PostgreSQL server of {Variable} is not this test's to set: {string.Join(", ", settings)}");
    }

    /// <summary>Not pooled: a pool hands out connections of a server that was killed.</summary>
    internal override string ConnectionString(string? database = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false };
        builder.Database = database ?? builder.Database;
        return builder.ConnectionString;
    }

    private protected override DbDataSource CreateDataSource(string connectionString) => NpgsqlDataSource.Create(connectionString);

    private protected override string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private protected override async Task DropAsync(TestDatabase database)
    {
        await using (var connection = await database.OpenAsync())
        {
            foreach (var gid in await connection.ColumnAsync("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"))
            {
                await connection.ExecuteAsync($"ROLLBACK PREPARED '{gid.Replace("'", "''", StringComparison.Ordinal)}'");
            }
        }

        await ExecuteAsync($"DROP DATABASE {Quote(database.Name)} WITH (FORCE)");
    }

    /// <summary>
    /// Makes it forget what became of the transactions until now, as it does after many millions: it drops its record of old
    /// transactions by the segment, of 2^20 of them, once no row of any database needs it. For a server of one's own.
    /// </summary>
    internal async Task ForgetOldTransactionsAsync()
    {
        await ExecuteAsync("SET synchronous_commit = off; DO $$ BEGIN FOR i IN 1..1100000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
        await ExecuteAsync("ALTER DATABASE template0 ALLOW_CONNECTIONS true");
        await using var source = DataSource();
        await using var administration = await source.OpenConnectionAsync();
        foreach (var name in await administration.ColumnAsync("SELECT datname FROM pg_database"))
        {
            await using var database = DataSource(name);
            await using var connection = await database.OpenConnectionAsync();
            await connection.ExecuteAsync("VACUUM (FREEZE)");
        }
    }

    [GeneratedRegex("database system is ready to accept (?:read.only )?connections", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ready();
}
