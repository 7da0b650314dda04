using System.Data.Common;

namespace Concordat.Databases.Tests.Sagas;

public sealed class PostgresSagaBarrierTests(SharedServers servers) : SagaBarrierTests
{
    private protected override StepTable NewTable() => new PostgresStepTable();

    private protected override async Task<DatabaseServer> SharedServerAsync() => await servers.PostgresAsync();

    private protected override async Task<DatabaseServer> NewServerAsync() => await PostgresServer.StartAsync();

    private protected override string CountOfWaiting => "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

    private protected override string MakeOlder(int hours) => $"UPDATE concordat_saga_steps SET changed_at = changed_at - interval '{hours} hours' WHERE TRUE";

    private protected override DbDataSource NewSource(string settings) => Npgsql.NpgsqlDataSource.Create($"{Database.ConnectionString};{settings}");

    private protected override string LimitWaits(bool limited) => $"ALTER DATABASE {Database.Name} SET lock_timeout = '{(limited ? 500 : 0)}ms'";

    private protected override string SessionId => "SELECT pg_backend_pid()";

    private protected override string EndSession(string id) => $"SELECT pg_terminate_backend({id})";

    /// <summary>The server rolls its commit back, and says so in no error: a barrier that only commits would answer that it was done.</summary>
    [Fact]
    public async Task An_action_that_swallows_an_error_of_the_database_is_not_done()
    {
        var saga = NewSaga();
        var e = await Assert.ThrowsAnyAsync<DbException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(transaction, "INSERT INTO t VALUES (1, 0)"));
            return "1"u8.ToArray();
        }));
        Assert.Equal("25P02", e.SqlState);
        Assert.Equal((0, 0), (await ValueAsync(), await RowsAsync()));
    }

    [Fact]
    public async Task What_the_commit_itself_refuses_is_an_error_and_leaves_nothing()
    {
        await Database.ExecuteAsync("CREATE TABLE d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        var saga = NewSaga();
        var e = await Assert.ThrowsAnyAsync<DbException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await ExecuteAsync(transaction, "INSERT INTO d VALUES (1), (1)");
            return default;
        }));
        Assert.Equal("23505", e.SqlState);
        Assert.Equal((0, 0), (await Database.ScalarAsync<int>("SELECT count(*) FROM d"), await RowsAsync()));
    }

    [Fact]
    public async Task A_user_who_may_not_make_tables_uses_the_one_that_is_there_and_else_is_told_so()
    {
        await Database.ExecuteAsync($"DROP ROLE IF EXISTS steps; CREATE ROLE steps LOGIN; GRANT ALL ON t TO steps; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        await using var source = Npgsql.NpgsqlDataSource.Create(new Npgsql.NpgsqlConnectionStringBuilder(Database.ConnectionString) { Username = "steps" }.ConnectionString);
        var saga = NewSaga();
        var e = await Assert.ThrowsAnyAsync<DbException>(() => ActAsync(saga, barrier: NewBarrier(source)));
        Assert.Equal("42501", e.SqlState);

        await ActAsync(NewSaga());
        await Database.ExecuteAsync("GRANT SELECT, INSERT, UPDATE, DELETE ON concordat_saga_steps TO steps");
        Assert.Equal(Client.Sagas.BarrierVerdict.Done, (await ActAsync(saga, barrier: NewBarrier(source))).Verdict);
        await Database.ExecuteAsync("DROP OWNED BY steps; DROP ROLE steps");
    }
}
