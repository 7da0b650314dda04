namespace Concordat.Databases.Tests.Facts.MariaDb;

/// <summary>What is refused in which state of a branch.</summary>
public sealed class XaStateFacts(SharedServers servers) : MariaDbFact(servers)
{
    private const string NotA = "1397";
    private const string WrongState = "1399";

    [Fact]
    public async Task XA_ROLLBACK_before_XA_END_is_refused_and_the_branch_can_still_prepare()
    {
        await using var owner = await Database.OpenAsync();
        await using var other = await Database.OpenAsync();
        await WriteAsync(owner);

        Assert.Equal(WrongState, await DatabaseError.OfAsync(owner, $"XA ROLLBACK {Xid}"));
        Assert.Equal(NotA, await DatabaseError.OfAsync(other, $"XA ROLLBACK {Xid}"));

        await owner.ExecuteAsync($"XA END {Xid}; XA PREPARE {Xid}");
        Assert.True(await IsListedAsync());
        await owner.ExecuteAsync($"XA ROLLBACK {Xid}");
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("BEGIN")]
    [InlineData("CREATE TABLE other (id int)")]
    public async Task An_active_branch_refuses_what_would_end_it(string statement)
    {
        await using var owner = await Database.OpenAsync();
        await WriteAsync(owner);
        Assert.Equal(WrongState, await DatabaseError.OfAsync(owner, statement));
        await owner.ExecuteAsync($"XA END {Xid}; XA COMMIT {Xid} ONE PHASE");
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task A_session_with_a_prepared_branch_does_nothing_else()
    {
        await using var owner = await Database.OpenAsync();
        await PrepareAsync(owner);
        Assert.Equal(WrongState, await DatabaseError.OfAsync(owner, "UPDATE t SET v = 5 WHERE id = 2"));
        await owner.ExecuteAsync($"XA COMMIT {Xid}");
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task Finishing_what_is_not_there_is_NOTA()
    {
        await using var owner = await Database.OpenAsync();
        await PrepareAsync(owner);
        await owner.ExecuteAsync($"XA COMMIT {Xid}");
        Assert.Equal(NotA, await DatabaseError.OfAsync(owner, $"XA COMMIT {Xid}"));
        Assert.Equal(NotA, await DatabaseError.OfAsync(owner, $"XA ROLLBACK {Xid}"));
    }

    /// <summary>The statement alone is undone: whoever goes on after that error commits the rest.</summary>
    [Fact]
    public async Task A_lock_timeout_does_not_end_the_branch()
    {
        await using var owner = await Database.OpenAsync();
        await using var other = await Database.OpenAsync();
        await other.ExecuteAsync("BEGIN; UPDATE t SET v = 9 WHERE id = 2");
        await WriteAsync(owner);
        Assert.Equal("1205", await DatabaseError.OfAsync(owner, "SET innodb_lock_wait_timeout = 1; UPDATE t SET v = 5 WHERE id = 2"));
        await owner.ExecuteAsync($"XA END {Xid}; XA PREPARE {Xid}; XA COMMIT {Xid}");
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task A_deadlock_victim_is_rolled_back_and_refuses_all_but_XA_ROLLBACK()
    {
        await using var first = await Database.OpenAsync();
        await using var second = await Database.OpenAsync();
        await WriteAsync(first);
        await second.ExecuteAsync("BEGIN; UPDATE t SET v = 2 WHERE id = 2; INSERT INTO t VALUES (3, 0), (4, 0), (5, 0)");

        var secondId = await IdAsync(second);

        // The one that has written less is the victim.
        var writing = DatabaseError.OfAsync(second, "UPDATE t SET v = 2 WHERE id = 1");
        await Until.TrueAsync(
            "the second waits for the first",
            async () => await Database.ScalarAsync<int>($"SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = {secondId}") == 1);
        var victim = await Until.EndsAsync("the deadlock", DatabaseError.OfAsync(first, "UPDATE t SET v = 1 WHERE id = 2"));
        Assert.Equal("1213", victim);
        Assert.Null(await writing);

        Assert.Equal(WrongState, await DatabaseError.OfAsync(first, "UPDATE t SET v = 1 WHERE id = 1"));
        Assert.Equal(WrongState, await DatabaseError.OfAsync(first, $"XA END {Xid}"));
        Assert.Equal(WrongState, await DatabaseError.OfAsync(first, $"XA PREPARE {Xid}"));
        await first.ExecuteAsync($"XA ROLLBACK {Xid}");
        Assert.False(await IsListedAsync());
    }

    [Fact]
    public async Task The_isolation_level_of_the_next_transaction_is_that_of_the_branch()
    {
        await using var owner = await Database.OpenAsync();
        await owner.ExecuteAsync($"SET TRANSACTION ISOLATION LEVEL READ COMMITTED; XA START {Xid}");
        Assert.Equal(0, await owner.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
        await Database.ExecuteAsync("UPDATE t SET v = 4 WHERE id = 1");
        Assert.Equal(4, await owner.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
        await owner.ExecuteAsync($"XA END {Xid}; XA ROLLBACK {Xid}");
    }
}
