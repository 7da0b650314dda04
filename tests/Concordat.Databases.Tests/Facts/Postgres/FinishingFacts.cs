using Npgsql;

namespace Concordat.Databases.Tests.Facts.Postgres;

public sealed class FinishingFacts(SharedServers servers) : PostgresFact(servers)
{
    [Fact]
    public async Task COMMIT_PREPARED_in_another_database_is_refused()
    {
        await using var connection = await Database.OpenAsync();
        await PrepareAsync(connection);
        var other = await CreateAsync(Server);
        await using var elsewhere = await other.OpenAsync();

        Assert.Equal("0A000", await DatabaseError.OfAsync(elsewhere, $"COMMIT PREPARED {Quoted}"));

        Assert.True(await IsPreparedAsync());
        await connection.ExecuteAsync($"COMMIT PREPARED {Quoted}");
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task COMMIT_PREPARED_of_what_is_not_there_is_an_error_of_its_own()
    {
        await using var connection = await Database.OpenAsync();
        Assert.Equal("42704", await DatabaseError.OfAsync(connection, $"COMMIT PREPARED {Quoted}"));
        Assert.Equal("42704", await DatabaseError.OfAsync(connection, $"ROLLBACK PREPARED {Quoted}"));
    }

    [Fact]
    public async Task COMMIT_PREPARED_in_a_transaction_is_refused()
    {
        await using var connection = await Database.OpenAsync();
        await PrepareAsync(connection);
        await connection.ExecuteAsync("BEGIN");
        Assert.Equal("25001", await DatabaseError.OfAsync(connection, $"COMMIT PREPARED {Quoted}"));
        await connection.ExecuteAsync("ROLLBACK");
        await connection.ExecuteAsync($"ROLLBACK PREPARED {Quoted}");
    }

    [Fact]
    public async Task Another_user_who_is_no_superuser_may_not_finish_it_but_sees_it()
    {
        var role = $"concordat_{Guid.NewGuid():n}";
        await Database.ExecuteAsync($"CREATE ROLE {role} LOGIN");
        await using var connection = await Database.OpenAsync();
        await PrepareAsync(connection);
        await using (var other = await Database.OpenAsync())
        {
            await other.ExecuteAsync($"SET SESSION AUTHORIZATION {role}");
            Assert.Contains(Name, await other.ColumnAsync("SELECT gid FROM pg_prepared_xacts"));
            Assert.Equal("42501", await DatabaseError.OfAsync(other, $"COMMIT PREPARED {Quoted}"));
            await other.ExecuteAsync("RESET SESSION AUTHORIZATION");
        }

        await connection.ExecuteAsync($"ROLLBACK PREPARED {Quoted}; DROP ROLE {role}");
    }

    /// <summary>The first is held inside of its commit: it waits for a standby that is not there.</summary>
    [Fact]
    public async Task While_one_session_finishes_it_another_is_told_that_it_is_busy()
    {
        await using var server = await PostgresServer.StartAsync("synchronous_standby_names=nobody", "synchronous_commit=local");
        var database = await CreateAsync(server);
        await using var first = (NpgsqlConnection)await database.OpenAsync();
        await using var second = await database.OpenAsync();
        await PrepareAsync(first);
        await first.ExecuteAsync("SET synchronous_commit = on");
        var commit = first.ExecuteAsync($"COMMIT PREPARED {Quoted}");
        await Until.TrueAsync(
            "the commit waits for the standby",
            async () => await second.ScalarAsync<int>("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1);

        Assert.Equal("55000", await DatabaseError.OfAsync(second, $"COMMIT PREPARED {Quoted}"));
        Assert.Equal("55000", await DatabaseError.OfAsync(second, $"ROLLBACK PREPARED {Quoted}"));

        await second.ExecuteAsync($"SELECT pg_cancel_backend({first.ProcessID})");
        await Until.EndsAsync("the commit", commit);
        Assert.Equal("42704", await DatabaseError.OfAsync(second, $"COMMIT PREPARED {Quoted}"));
    }

    [Fact]
    public async Task A_prepared_transaction_survives_a_killed_server_with_its_locks()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateAsync(server);
        await using (var connection = await database.OpenAsync())
        {
            await PrepareAsync(connection);
        }

        await server.RestartAsync();

        await using var source = server.DataSource(database.Name);
        await using var again = await source.OpenConnectionAsync();
        Assert.Equal(0, await again.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
        Assert.Equal("55P03", await DatabaseError.OfAsync(again, "SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT"));
        await again.ExecuteAsync($"COMMIT PREPARED {Quoted}");
        Assert.Equal(1, await again.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }
}
