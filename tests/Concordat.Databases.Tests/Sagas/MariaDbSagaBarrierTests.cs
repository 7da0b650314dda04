using System.Data;
using System.Data.Common;
using Concordat.Client.Sagas;
using MySql.Data.MySqlClient;

namespace Concordat.Databases.Tests.Sagas;

public sealed class MariaDbSagaBarrierTests(SharedServers servers) : SagaBarrierTests
{
    private protected override StepTable NewTable() => new MySqlStepTable();

    private protected override async Task<DatabaseServer> SharedServerAsync() => await servers.MariaDbAsync();

    private protected override async Task<DatabaseServer> NewServerAsync() => await MariaDbServer.StartAsync();

    /// <summary>INNODB_TRX would say it exactly, but is not brought up to date while it is being read every few milliseconds.</summary>
    private protected override string CountOfWaiting =>
        "SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() AND COMMAND = 'Query' AND TIME_MS > 50";

    private protected override string MakeOlder(int hours) => $"UPDATE concordat_saga_steps SET changed_at = changed_at - INTERVAL {hours} HOUR WHERE TRUE";

    private protected override DbDataSource NewSource(string settings) => MySqlClientFactory.Instance.CreateDataSource($"{Database.ConnectionString};{settings}");

    private protected override string LimitWaits(bool limited) => $"SET GLOBAL innodb_lock_wait_timeout = {(limited ? 1 : 50)}";

    private protected override string SessionId => "SELECT CONNECTION_ID()";

    private protected override string EndSession(string id) => $"KILL {id}";

    /// <summary>The server rolls a deadlock's victim back, and executes what follows by itself: the barrier finds its row gone.</summary>
    [Fact]
    public async Task An_action_that_swallows_a_deadlock_is_not_done()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        await using var other = await Database.OpenAsync();
        await other.ExecuteAsync("BEGIN; UPDATE t SET v = v + 10 WHERE id = 2");

        // Heavier, so that it is the other one that falls.
        await other.ExecuteAsync("CREATE TABLE w (id int); BEGIN; INSERT INTO w SELECT seq FROM seq_1_to_1000; UPDATE t SET v = v + 10 WHERE id = 2");
        Task<int>? waiting = null;
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            waiting = other.ExecuteAsync("UPDATE t SET v = v + 10 WHERE id = 1");
            await UntilOneWaitsAsync();
            var deadlock = await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(transaction, "UPDATE t SET v = v + 1 WHERE id = 2"));
            Assert.Equal(1213, Assert.IsType<MySqlException>(deadlock).Number);
            return "1"u8.ToArray();
        }));
        Assert.Contains("transaction is not what it was", e.Message, StringComparison.Ordinal);
        await waiting!;
        await other.ExecuteAsync("ROLLBACK");
        Assert.Equal((1, 1), (await ValueAsync(), await RowsAsync()));
        Assert.Equal(BarrierVerdict.Done, (await ActAsync(saga)).Verdict);
    }

    /// <summary>A statement that commits by itself takes the row along, before anything is known of the rest.</summary>
    [Fact]
    public async Task An_action_that_commits_by_itself_and_then_fails_is_not_answered_as_done_and_can_be_compensated()
    {
        var saga = NewSaga();
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            await ExecuteAsync(transaction, "CREATE TABLE oops (id int)");
            throw new TimeZoneNotFoundException();
        }));
        Assert.Equal(1, await ValueAsync());

        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => Barrier.RunAsync(Action(saga), NotCalled));
        Assert.Contains("'acting'", e.Message, StringComparison.Ordinal);
        Assert.Equal(BarrierVerdict.Done, (await CompensateAsync(saga)).Verdict);
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task A_compensation_that_commits_by_itself_and_then_fails_is_not_answered_as_done()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => Barrier.RunAsync(Compensation(saga), async transaction =>
        {
            await TakeAwayAsync(transaction);
            await ExecuteAsync(transaction, "CREATE TABLE oops (id int)");
            throw new TimeZoneNotFoundException();
        }));

        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => Barrier.RunAsync(Compensation(saga), NotCalled));
        Assert.Contains("'compensating'", e.Message, StringComparison.Ordinal);
        Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
    }

    [Fact]
    public async Task A_lock_that_is_not_to_be_had_is_to_be_asked_again()
    {
        await Database.ExecuteAsync("SET GLOBAL innodb_lock_wait_timeout = 1");
        try
        {
            await using var other = await Database.OpenAsync();
            await other.ExecuteAsync("BEGIN; UPDATE t SET v = v + 10 WHERE id = 1");
            await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => ActAsync(NewSaga()));
            Assert.Equal((0, 0), (await ValueAsync(), await RowsAsync()));
        }
        finally
        {
            await Database.ExecuteAsync("SET GLOBAL innodb_lock_wait_timeout = 50");
        }
    }

    /// <summary>As with the defaults of both, 30 s and 50 s.</summary>
    [Fact]
    public async Task A_wait_that_the_driver_would_give_up_before_the_server_ends_all_the_same()
    {
        await ActAsync(NewSaga());
        await Database.ExecuteAsync("SET GLOBAL innodb_lock_wait_timeout = 2");
        try
        {
            await using var source = NewSource("Default Command Timeout=1");
            var impatient = NewBarrier(source);
            var saga = NewSaga();
            await Barrier.RunAsync(Action(saga), async transaction =>
            {
                await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => Until.EndsAsync("the wait", impatient.RunAsync(Action(saga), NotCalled)));
                return await AddAsync(transaction);
            });
        }
        finally
        {
            await Database.ExecuteAsync("SET GLOBAL innodb_lock_wait_timeout = 50");
        }
    }

    [Fact]
    public async Task A_user_who_may_not_make_tables_uses_the_one_that_is_there_and_else_is_told_so()
    {
        var user = $"steps_{Guid.NewGuid():n}"[..30];
        await Database.ExecuteAsync($"CREATE USER {user}@'127.0.0.1'; GRANT SELECT, INSERT, UPDATE, DELETE ON {Database.Name}.* TO {user}@'127.0.0.1'");
        await using var source = MySqlClientFactory.Instance.CreateDataSource(new MySqlConnectionStringBuilder(Database.ConnectionString) { UserID = user }.ConnectionString);
        var saga = NewSaga();
        var e = await Assert.ThrowsAnyAsync<MySqlException>(() => ActAsync(saga, barrier: NewBarrier(source)));
        Assert.Equal(1142, e.Number);

        await ActAsync(NewSaga());
        Assert.Equal(BarrierVerdict.Done, (await ActAsync(saga, barrier: NewBarrier(source))).Verdict);
        await Database.ExecuteAsync($"DROP USER {user}@'127.0.0.1'");
    }

    [Fact]
    public async Task The_table_is_one_of_transactions_whatever_the_servers_default_is()
    {
        await ActAsync(NewSaga());
        Assert.Equal("InnoDB", await Database.ScalarAsync<string>("SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'concordat_saga_steps'"));
    }

    /// <summary>Its snapshot may be older than the row that it waited for.</summary>
    [Fact]
    public async Task A_repetition_in_REPEATABLE_READ_that_waited_answers_the_result_of_the_first()
    {
        var strict = NewBarrier(Database.Source, IsolationLevel.RepeatableRead);
        var saga = NewSaga();
        Task<BarrierAnswer>? second = null;
        var first = await strict.RunAsync(Action(saga), async transaction =>
        {
            second = strict.RunAsync(Action(saga), NotCalled);
            await UntilOneWaitsAsync();
            return await AddAsync(transaction, "\"first\"");
        });
        Assert.Equal(BarrierVerdict.Done, first.Verdict);
        Assert.Equal("\"first\"", TextOf(await Until.EndsAsync("the repetition", second!)));
    }
}
