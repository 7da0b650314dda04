using System.Data;
using Npgsql;

namespace Concordat.Databases.Tests.Facts.Postgres;

/// <summary>How the driver takes it that a transaction of its own ends in PREPARE TRANSACTION.</summary>
public sealed class NpgsqlFacts(SharedServers servers) : PostgresFact(servers)
{
    [Fact]
    public async Task A_transaction_object_is_completed_by_PREPARE_and_the_connection_goes_on()
    {
        await using var connection = await Database.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead))
        {
            await connection.ExecuteAsync("UPDATE t SET v = 1 WHERE id = 1");
            await connection.ExecuteAsync($"PREPARE TRANSACTION {Quoted}");
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
        }

        Assert.True(await IsPreparedAsync());
        await using (var next = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("UPDATE t SET v = 2 WHERE id = 2");
            await next.CommitAsync();
        }

        await connection.ExecuteAsync($"COMMIT PREPARED {Quoted}");
        Assert.Equal((1, 2), (await ValueAsync(1), await ValueAsync(2)));
    }

    [Fact]
    public async Task A_connection_goes_back_to_the_pool_without_harm_to_what_it_prepared()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString + ";Pooling=true;Maximum Pool Size=1");
        int backend;
        await using (var connection = await source.OpenConnectionAsync())
        {
            backend = connection.ProcessID;
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("UPDATE t SET v = 1 WHERE id = 1");
            await connection.ExecuteAsync($"PREPARE TRANSACTION {Quoted}");
        }

        await using var again = await source.OpenConnectionAsync();
        Assert.Equal(backend, again.ProcessID);
        Assert.True(await IsPreparedAsync());
        await again.ExecuteAsync($"COMMIT PREPARED {Quoted}");
        Assert.Equal(1, await ValueAsync());
    }

    /// <summary>So a failed PREPARE may leave no connection to roll back on.</summary>
    [Fact]
    public async Task The_driver_closes_a_connection_whose_PREPARE_found_no_room()
    {
        await using var server = await PostgresServer.StartAsync("max_prepared_transactions=1");
        var database = await CreateAsync(server);
        await using var first = await database.OpenAsync();
        await PrepareAsync(first);
        await using var second = await database.OpenAsync();
        await second.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 2");

        Assert.Equal("53200", await DatabaseError.OfAsync(second, "PREPARE TRANSACTION 'one more'"));

        Assert.Equal(ConnectionState.Closed, second.State);
    }

    /// <summary>Why a branch begins with the driver's own transaction: EF Core begins one where it is not given one.</summary>
    [Fact]
    public async Task After_a_raw_BEGIN_the_driver_begins_no_transaction_object()
    {
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync());
    }

    [Fact]
    public async Task Commit_of_a_failed_transaction_object_is_silent()
    {
        await using var connection = await Database.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("UPDATE t SET v = 1 WHERE id = 1");
        Assert.Equal("22012", await DatabaseError.OfAsync(connection, "SELECT 1 / 0"));

        await transaction.CommitAsync();

        Assert.Equal(0, await ValueAsync());
    }
}
