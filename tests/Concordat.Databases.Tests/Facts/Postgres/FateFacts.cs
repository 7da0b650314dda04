using System.Data.Common;
using Npgsql;

namespace Concordat.Databases.Tests.Facts.Postgres;

/// <summary>What <c>pg_xact_status</c> says afterwards, and when it cannot.</summary>
public sealed class FateFacts(SharedServers servers) : PostgresFact(servers)
{
    private const string ReadId = "SELECT pg_current_xact_id_if_assigned()::text";

    [Theory]
    [InlineData("COMMIT", "committed")]
    [InlineData("ROLLBACK", "aborted")]
    public async Task It_tells_what_became_of_a_prepared_transaction(string end, string status)
    {
        await using var connection = await Database.OpenAsync();
        var id = await PrepareAndReadIdAsync(connection);
        Assert.Equal("in progress", await StatusAsync(connection, id));

        await connection.ExecuteAsync($"{end} PREPARED {Quoted}");

        Assert.Equal(status, await StatusAsync(connection, id));
    }

    [Fact]
    public async Task What_a_lost_connection_left_unprepared_is_aborted()
    {
        string id;
        await using (var connection = (NpgsqlConnection)await Database.OpenAsync())
        {
            await connection.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 1");
            id = await connection.ScalarAsync<string>(ReadId);
            await Database.ExecuteAsync($"SELECT pg_terminate_backend({connection.ProcessID})");
        }

        await using var other = await Database.OpenAsync();
        await Until.TrueAsync("the server ends the transaction of a lost connection", async () => await StatusAsync(other, id) == "aborted");
    }

    [Fact]
    public async Task What_a_killed_server_left_unprepared_is_aborted_and_what_was_prepared_in_progress()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateAsync(server);
        await using var open = await database.OpenAsync();
        await open.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 2");
        var unprepared = await open.ScalarAsync<string>(ReadId);
        await using var connection = await database.OpenAsync();
        var prepared = await PrepareAndReadIdAsync(connection);

        await server.RestartAsync();

        await using var source = server.DataSource(database.Name);
        await using var again = await source.OpenConnectionAsync();
        Assert.Equal("in progress", await StatusAsync(again, prepared));
        Assert.Equal("aborted", await StatusAsync(again, unprepared));
    }

    [Fact]
    public async Task An_id_of_the_future_is_an_error()
    {
        await using var connection = await Database.OpenAsync();
        Assert.Equal("22023", await DatabaseError.OfAsync(connection, "SELECT pg_xact_status('4000000000'::xid8)"));
    }

    [Fact]
    public async Task Of_what_is_too_old_it_knows_nothing()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateAsync(server);
        await using var connection = await database.OpenAsync();
        var id = await PrepareAndReadIdAsync(connection);
        await connection.ExecuteAsync($"COMMIT PREPARED {Quoted}");

        await server.ForgetOldTransactionsAsync();

        Assert.Null(await StatusAsync(connection, id));
    }

    private async Task<string> PrepareAndReadIdAsync(DbConnection connection)
    {
        await connection.ExecuteAsync("BEGIN; UPDATE t SET v = v + 1 WHERE id = 1");
        var id = await connection.ScalarAsync<string>(ReadId);
        await connection.ExecuteAsync($"PREPARE TRANSACTION {Quoted}");
        return id;
    }

    private static Task<string?> StatusAsync(DbConnection connection, string id) => connection.ScalarAsync<string?>($"SELECT pg_xact_status('{id}'::xid8)");
}
