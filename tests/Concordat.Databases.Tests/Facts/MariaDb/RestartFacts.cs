using System.Data.Common;

namespace Concordat.Databases.Tests.Facts.MariaDb;

/// <summary>A server of its own, killed with SIGKILL.</summary>
public sealed class RestartFacts(SharedServers servers) : MariaDbFact(servers)
{
    private const string Started = "SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'";

    [Fact]
    public async Task A_prepared_branch_survives_a_killed_server_with_its_locks()
    {
        await using var server = await MariaDbServer.StartAsync();
        var database = await CreateAsync(server);
        await using (var owner = await database.OpenAsync())
        {
            await PrepareAsync(owner);
            await server.RestartAsync();
        }

        Assert.True(await IsListedAsync(database));
        await using var connection = await database.OpenAsync();
        Assert.Equal(0, await connection.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
        Assert.Equal("1205", await DatabaseError.OfAsync(connection, "SELECT v FROM t WHERE id = 1 FOR UPDATE NOWAIT"));
        await connection.ExecuteAsync($"XA COMMIT {Xid}");
        Assert.Equal(1, await connection.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }

    [Fact]
    public async Task An_unprepared_branch_is_gone_with_a_killed_server()
    {
        await using var server = await MariaDbServer.StartAsync();
        var database = await CreateAsync(server);
        await using (var owner = await database.OpenAsync())
        {
            await WriteAsync(owner);
            await owner.ExecuteAsync($"XA END {Xid}");
            await server.RestartAsync();
        }

        Assert.False(await IsListedAsync(database));
        Assert.Equal(0, await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }

    /// <summary>So an id alone does not say which session to end.</summary>
    [Fact]
    public async Task Connection_ids_begin_again_after_a_restart_and_the_start_time_tells_the_lives_apart()
    {
        await using var server = await MariaDbServer.StartAsync();
        var database = await CreateAsync(server);
        var (id, started) = await IdAndStartAsync(database);
        Assert.Equal(started, (await IdAndStartAsync(database)).Started);

        await server.KillAsync();
        await Until.TrueAsync("the second is over in which the server was started", () => DateTimeOffset.UtcNow.ToUnixTimeSeconds() > started + 1);
        await server.StartAgainAsync();

        var ids = new List<long>();
        await Until.TrueAsync("an id comes again", async () =>
        {
            ids.Add((await IdAndStartAsync(database)).Id);
            return ids[^1] >= id;
        });
        Assert.Contains(id, ids);
        Assert.NotEqual(started, (await IdAndStartAsync(database)).Started);
    }

    /// <summary>The log is written out once in a second, so of several attempts one is before that.</summary>
    [Fact]
    public async Task With_innodb_flush_log_at_trx_commit_0_an_acknowledged_prepare_is_lost()
    {
        await using var server = await MariaDbServer.StartAsync("innodb-flush-log-at-trx-commit=0");
        var database = await CreateAsync(server);
        await Until.TrueAsync("a prepare is lost", async () =>
        {
            await using (var owner = await database.OpenAsync())
            {
                await PrepareAsync(owner);
                await server.RestartAsync();
            }

            if (!await IsListedAsync(database))
            {
                return true;
            }

            await database.ExecuteAsync($"XA ROLLBACK {Xid}");
            return false;
        });
    }

    private static async Task<(long Id, long Started)> IdAndStartAsync(TestDatabase database)
    {
        await using DbConnection connection = await database.OpenAsync();
        return (await IdAsync(connection), await connection.ScalarAsync<long>(Started));
    }
}
