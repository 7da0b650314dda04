using Concordat.Testing.Databases;
using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>Two PostgreSQL servers with a table of accounts each, and pools of connections to them.</summary>
internal sealed class TwoPostgres : IAsyncDisposable
{
    public const int RowsPerWorker = 1000;
    private readonly PostgresServer[] _servers;

    private TwoPostgres(PostgresServer[] servers, string[] connectionStrings)
    {
        _servers = servers;
        ConnectionStrings = connectionStrings;
        Sources = [.. connectionStrings.Select(NpgsqlDataSource.Create)];
    }

    public string[] ConnectionStrings { get; }

    public NpgsqlDataSource[] Sources { get; }

    public static async Task<TwoPostgres> StartAsync(int workers)
    {
        var servers = await Task.WhenAll(PostgresServer.StartAsync("shared_buffers=128MB"), PostgresServer.StartAsync("shared_buffers=128MB"));
        var two = new TwoPostgres(servers, [.. servers.Select(s => new NpgsqlConnectionStringBuilder(s.ConnectionString()) { Pooling = true, MaxPoolSize = 100 }.ConnectionString)]);
        foreach (var source in two.Sources)
        {
            await using var command = source.CreateCommand(
                $"CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL) WITH (fillfactor = 50); INSERT INTO accounts SELECT i, 0 FROM generate_series(0, {workers * RowsPerWorker - 1}) i");
            await command.ExecuteNonQueryAsync();
        }

        return two;
    }

    /// <summary>The application's work on one of them.</summary>
    public static async Task WorkAsync(NpgsqlConnection connection, int worker)
    {
        await using var command = new NpgsqlCommand("UPDATE accounts SET balance = balance + 1 WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = worker * RowsPerWorker + Random.Shared.Next(RowsPerWorker) });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Both have been changed as often, and nothing is prepared: what was measured did what it is said to do.</summary>
    public async Task VerifyAsync(long transactions)
    {
        foreach (var source in Sources)
        {
            await using var sum = source.CreateCommand("SELECT sum(balance), (SELECT count(*) FROM pg_prepared_xacts) FROM accounts");
            await using var reader = await sum.ExecuteReaderAsync();
            await reader.ReadAsync();
            if (reader.GetInt64(0) != transactions || reader.GetInt64(1) != 0)
            {
                throw new InvalidOperationException($"{transactions} transactions, but {reader.GetInt64(0)} changes, and {reader.GetInt64(1)} prepared");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in Sources)
        {
            await source.DisposeAsync();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
