namespace Concordat.Databases.Tests.Facts.MariaDb;

/// <summary>A prepared branch belongs to its session as long as that lives.</summary>
public sealed class OwnerFacts(SharedServers servers) : MariaDbFact(servers)
{
    private const string NotA = "1397";

    [Theory]
    [InlineData("COMMIT", 1)]
    [InlineData("ROLLBACK", 0)]
    public async Task XA_COMMIT_from_another_session_is_NOTA_while_the_owner_lives_though_XA_RECOVER_lists_it(string end, int value)
    {
        await using var owner = await Database.OpenAsync();
        await using var other = await Database.OpenAsync();
        var session = await IdAsync(owner);
        await PrepareAsync(owner);

        Assert.True(await IsListedAsync());
        Assert.Equal(NotA, await DatabaseError.OfAsync(other, $"XA {end} {Xid}"));
        Assert.True(await IsListedAsync());

        await KillAsync(session);
        Assert.True(await IsListedAsync());
        await other.ExecuteAsync($"XA {end} {Xid}");
        Assert.False(await IsListedAsync());
        Assert.Equal(value, await ValueAsync());
    }

    [Fact]
    public async Task The_driver_has_no_SQLSTATE_and_the_number_in_the_data_of_its_error()
    {
        await using var connection = await Database.OpenAsync();
        var error = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => connection.ExecuteAsync($"XA COMMIT {Xid}"));
        Assert.Equal((null, 1397), (error.SqlState, error.Data["Server Error Code"]));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task The_end_of_the_session_ends_an_active_branch_and_keeps_a_prepared_one(bool prepare, bool listed)
    {
        await using var owner = await Database.OpenAsync();
        var id = await IdAsync(owner);
        await (prepare ? PrepareAsync(owner) : WriteAsync(owner));

        await KillAsync(id);

        Assert.Equal(listed, await IsListedAsync());
        await using var other = await Database.OpenAsync();
        Assert.Equal(listed ? null : NotA, await DatabaseError.OfAsync(other, $"XA COMMIT {Xid}"));
        Assert.Equal(listed ? 1 : 0, await ValueAsync());
    }

    [Fact]
    public async Task An_ended_but_unprepared_branch_goes_with_its_session()
    {
        await using var owner = await Database.OpenAsync();
        var id = await IdAsync(owner);
        await WriteAsync(owner);
        await owner.ExecuteAsync($"XA END {Xid}");
        await KillAsync(id);
        Assert.False(await IsListedAsync());
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task A_branch_that_wrote_nothing_answers_1402_after_a_reconnect()
    {
        await using var owner = await Database.OpenAsync();
        var id = await IdAsync(owner);
        await owner.ExecuteAsync($"XA START {Xid}");
        await owner.ScalarAsync<int>("SELECT v FROM t WHERE id = 1");
        await owner.ExecuteAsync($"XA END {Xid}; XA PREPARE {Xid}");
        Assert.True(await IsListedAsync());

        await KillAsync(id);

        await using var other = await Database.OpenAsync();
        Assert.Equal("1402", await DatabaseError.OfAsync(other, $"XA COMMIT {Xid}"));
        Assert.False(await IsListedAsync());
    }

    [Fact]
    public async Task XA_RECOVER_lists_the_branches_of_all_databases_without_saying_whose()
    {
        await using var owner = await Database.OpenAsync();
        await PrepareAsync(owner);
        Assert.True(await IsListedAsync(await CreateAsync(Server)));
        await owner.ExecuteAsync($"XA ROLLBACK {Xid}");
    }

    [Fact]
    public async Task Of_two_sessions_that_finish_at_once_one_is_told_NOTA()
    {
        for (var i = 0; i < 20; i++)
        {
            var owner = await Database.OpenAsync();
            var id = await IdAsync(owner);
            await PrepareAsync(owner);
            await KillAsync(id);
            await owner.DisposeAsync();
            await using var first = await Database.OpenAsync();
            await using var second = await Database.OpenAsync();
            var answers = await Task.WhenAll(
                Task.Run(() => DatabaseError.OfAsync(first, $"XA COMMIT {Xid}")), Task.Run(() => DatabaseError.OfAsync(second, $"XA COMMIT {Xid}")));
            Assert.Equal([null, NotA], answers.Order());
            Assert.Equal(i + 1, await ValueAsync());
        }
    }
}
