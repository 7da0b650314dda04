using Npgsql;

namespace Concordat.Databases.Tests.Facts.Postgres;

public sealed class PreparingFacts(SharedServers servers) : PostgresFact(servers)
{
    [Fact]
    public async Task PREPARE_in_a_failed_transaction_succeeds_as_a_rollback()
    {
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 1");
        Assert.Equal("22012", await DatabaseError.OfAsync(connection, "SELECT 1 / 0"));

        Assert.Null(await DatabaseError.OfAsync(connection, $"PREPARE TRANSACTION {Quoted}"));

        Assert.False(await IsPreparedAsync());
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task COMMIT_of_a_failed_transaction_succeeds_as_a_rollback()
    {
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 1");
        Assert.Equal("22012", await DatabaseError.OfAsync(connection, "SELECT 1 / 0"));

        Assert.Null(await DatabaseError.OfAsync(connection, "COMMIT"));

        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task PREPARE_outside_of_a_transaction_succeeds_and_does_nothing()
    {
        await using var connection = await Database.OpenAsync();
        Assert.Null(await DatabaseError.OfAsync(connection, $"PREPARE TRANSACTION {Quoted}"));
        Assert.False(await IsPreparedAsync());
    }

    [Fact]
    public async Task Reading_the_transaction_id_in_the_same_batch_fails_in_a_failed_transaction()
    {
        await using var connection = (NpgsqlConnection)await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 1");
        Assert.Equal("22012", await DatabaseError.OfAsync(connection, "SELECT 1 / 0"));

        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_current_xact_id_if_assigned()::text"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"PREPARE TRANSACTION {Quoted}"));
        Assert.Equal("25P02", await DatabaseError.OfAsync(() => batch.ExecuteNonQueryAsync()));

        Assert.False(await IsPreparedAsync());
    }

    [Fact]
    public async Task A_transaction_that_wrote_nothing_has_no_id_and_can_be_prepared()
    {
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN; SELECT * FROM t");
        Assert.Null(await connection.ScalarAsync<string?>("SELECT pg_current_xact_id_if_assigned()::text"));
        await connection.ExecuteAsync($"PREPARE TRANSACTION {Quoted}");
        Assert.True(await IsPreparedAsync());
        await connection.ExecuteAsync($"COMMIT PREPARED {Quoted}");
    }

    [Fact]
    public async Task A_row_lock_is_a_write_that_has_an_id()
    {
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN; SELECT * FROM t FOR UPDATE");
        Assert.NotNull(await connection.ScalarAsync<string?>("SELECT pg_current_xact_id_if_assigned()::text"));
    }

    [Theory]
    [InlineData("NOTIFY something")]
    [InlineData("CREATE TEMPORARY TABLE passing (id int)")]
    public async Task What_cannot_be_prepared_is_refused_and_rolled_back(string statement)
    {
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync($"BEGIN; UPDATE t SET v = 1 WHERE id = 1; {statement}");
        Assert.Equal("0A000", await DatabaseError.OfAsync(connection, $"PREPARE TRANSACTION {Quoted}"));
        Assert.False(await IsPreparedAsync());
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task A_deferred_constraint_is_checked_by_PREPARE()
    {
        await Database.ExecuteAsync("CREATE TABLE child (id int REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync("BEGIN; INSERT INTO child VALUES (99)");
        Assert.Equal("23503", await DatabaseError.OfAsync(connection, $"PREPARE TRANSACTION {Quoted}"));
        Assert.False(await IsPreparedAsync());
    }

    [Fact]
    public async Task A_deadlock_victim_is_a_failed_transaction()
    {
        await using var first = await Database.OpenAsync();
        await using var second = await Database.OpenAsync();
        await first.ExecuteAsync("BEGIN; UPDATE t SET v = 1 WHERE id = 1");
        await second.ExecuteAsync("BEGIN; UPDATE t SET v = 2 WHERE id = 2");

        var errors = await Until.EndsAsync("the deadlock", Task.WhenAll(
            DatabaseError.OfAsync(first, "UPDATE t SET v = 1 WHERE id = 2"), DatabaseError.OfAsync(second, "UPDATE t SET v = 2 WHERE id = 1")));

        Assert.Equal(["40P01", null], errors.OrderBy(error => error is null));
        var victim = errors[0] is null ? second : first;
        Assert.Null(await DatabaseError.OfAsync(victim, $"PREPARE TRANSACTION {Quoted}"));
        Assert.False(await IsPreparedAsync());
    }

    [Fact]
    public async Task Without_max_prepared_transactions_PREPARE_is_refused()
    {
        await using var server = await PostgresServer.StartAsync("max_prepared_transactions=0");
        var database = await CreateAsync(server);
        await using var connection = await database.OpenAsync();
        Assert.Equal("55000", await DatabaseError.OfAsync(() => PrepareAsync(connection)));
    }

    [Fact]
    public async Task One_more_than_max_prepared_transactions_is_refused_and_rolled_back()
    {
        await using var server = await PostgresServer.StartAsync("max_prepared_transactions=1");
        var database = await CreateAsync(server);
        await using var connection = await database.OpenAsync();
        await PrepareAsync(connection);
        Assert.Equal("53200", await DatabaseError.OfAsync(connection, "BEGIN; UPDATE t SET v = 5 WHERE id = 2; PREPARE TRANSACTION 'one more'"));
        await database.ExecuteAsync($"COMMIT PREPARED {Quoted}");
        Assert.Equal(0, await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 2"));
    }
}
