using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

/// <summary>On MariaDB. There is no MySQL here to try it on.</summary>
public sealed class MySqlDialectTests(SharedServers servers) : DialectTests
{
    private protected override Dialect Dialect => Dialect.MySql;

    private protected override string Brief => "SET innodb_lock_wait_timeout = 1";

    private protected override string OnePhaseStatement => "ONE PHASE";

    private protected override async Task<DatabaseServer> SharedServerAsync() => await servers.MariaDbAsync();

    private protected override async Task<DatabaseServer> NewServerAsync() => await MariaDbServer.StartAsync();

    private protected override Task<long> SessionIdAsync(DbConnection connection) => connection.ScalarAsync<long>("SELECT CONNECTION_ID()");

    private protected override async Task EndSessionAsync(DbConnection administration, long session)
    {
        if (await Facts.DatabaseError.OfAsync(administration, $"KILL {session}") is { } error)
        {
            Assert.Equal("1094", error); // No such thread: it has gone.
        }

        await Until.TrueAsync(
            "the session is gone",
            async () => await administration.ScalarAsync<int>($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {session}") == 0);
    }

    [Fact]
    public async Task The_owner_is_ended_when_another_session_finishes_what_it_holds()
    {
        var name = NewName();
        await using var owner = await Database.OpenAsync();
        var session = await SessionIdAsync(owner);
        var evidence = await PrepareAsync(owner, name);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: true, name, evidence));
        Assert.Equal(0, await Database.ScalarAsync<int>($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {session}"));
    }

    [Fact]
    public async Task Without_evidence_the_marker_tells_the_owner()
    {
        var name = NewName();
        await using var owner = await Database.OpenAsync();
        await PrepareAsync(owner, name);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: true, name, evidence: null));
        Assert.Equal(1, await ValueAsync());
    }

    /// <summary>As after a restart that gave the id to somebody else.</summary>
    [Theory]
    [InlineData(2, "1")]
    [InlineData(4, "somebody")]
    public async Task A_session_of_that_id_that_is_not_the_owner_is_left_alone(int part, string other)
    {
        var name = NewName();
        await using var owner = await Database.OpenAsync();
        var evidence = (await PrepareAsync(owner, name)).Split(':');
        Assert.Equal(5, evidence.Length);
        evidence[part] = other;

        Assert.Equal(FinishResult.Busy, await FinishAsync(commit: true, name, string.Join(':', evidence)));

        Assert.NotNull(await ListedAsync(name));
        Assert.Equal(FinishResult.Done, await FinishAsync(owner, commit: true, name, evidence: null));
    }

    [Fact]
    public async Task Who_may_not_end_the_owner_is_told_that_it_holds_the_branch()
    {
        var user = $"u{Guid.NewGuid():n}"[..16];
        await Database.ExecuteAsync($"CREATE USER {user}@'%' IDENTIFIED BY 'x'; GRANT ALL ON `{Database.Name}`.* TO {user}@'%'; GRANT PROCESS ON *.* TO {user}@'%'");
        var builder = new DbConnectionStringBuilder { ConnectionString = Database.ConnectionString, ["User ID"] = user, ["Password"] = "x" };
        await using var source = global::MySql.Data.MySqlClient.MySqlClientFactory.Instance.CreateDataSource(builder.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        var name = NewName();
        await using var owner = await Database.OpenAsync();
        var evidence = await PrepareAsync(owner, name);

        Assert.Equal(FinishResult.HeldByOwner, await FinishAsync(connection, commit: true, name, evidence));

        Assert.Equal(FinishResult.Done, await FinishAsync(owner, commit: true, name, evidence));
        await Database.ExecuteAsync($"DROP USER {user}@'%'");
    }

    [Fact]
    public async Task Fate_is_what_the_marker_says_at_every_step()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        Assert.Equal(BranchFate.StillRunning, await FateAsync(name, evidence: null));
        var prepared = Assert.IsType<Preparation.Prepared>(await branch.PrepareAsync(None));
        Assert.Equal(BranchFate.StillRunning, await FateAsync(name, prepared.Evidence));
        Assert.Equal(FinishResult.Done, await FinishAsync(connection, commit: true, name, prepared.Evidence));
        Assert.Equal(BranchFate.Committed, await FateAsync(name, prepared.Evidence));
        await Dialect.ForgetAsync(connection, [name], None);
        Assert.Equal(0, await connection.ScalarAsync<int>("SELECT COUNT(*) FROM concordat_branches"));
    }

    [Fact]
    public async Task Without_the_marker_table_fate_is_unknown_and_nothing_begins()
    {
        var database = await Database.Server.CreateDatabaseAsync();
        await using var connection = await database.OpenAsync();
        var name = NewName();
        Assert.Equal("1146", await Facts.DatabaseError.OfAsync(() => Dialect.BeginAsync(connection, name, IsolationLevel.Unspecified, None)));
        Assert.Equal(BranchFate.Unknown, await FateAsync(name, evidence: null, database));

        // The connection has no branch left, and the list can do without.
        await connection.ExecuteAsync("BEGIN");
        await connection.ExecuteAsync("ROLLBACK");
        Assert.DoesNotContain(await Dialect.ListAsync(connection, withLocks: true, None), branch => branch.IsOfThisDatabase);
    }

    [Fact]
    public async Task A_one_phase_commit_leaves_its_marker()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        await OfferAsync(branch);
        Assert.IsType<OnePhase.Committed>(await branch.CommitOnePhaseAsync(None));
        Assert.Equal(BranchFate.Committed, await FateAsync(name, evidence: null));
        Assert.Equal(1, await ValueAsync());
    }

    /// <summary>Another session keeps every commit of the server waiting, and the owner is ended in it.</summary>
    [Fact]
    public async Task A_one_phase_commit_whose_answer_was_lost_is_told_by_its_marker()
    {
        await using var server = await MariaDbServer.StartAsync();
        var database = await CreateDatabaseAsync(server);
        var name = NewName();
        await using var connection = await database.OpenAsync();
        var session = await SessionIdAsync(connection);
        var branch = await BeginAndWriteAsync(connection, name);
        await using var backup = await database.OpenAsync();
        await backup.ExecuteAsync("BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT");
        var commit = branch.CommitOnePhaseAsync(None);
        await using var other = await database.OpenAsync();
        await Until.TrueAsync(
            "the commit waits",
            async () => await other.ScalarAsync<int>($"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {session} AND INFO LIKE 'XA COMMIT%'") == 1);
        Assert.Equal(BranchFate.StillRunning, await FateAsync(name, evidence: null, database));
        await other.ExecuteAsync($"KILL {session}");
        await backup.ExecuteAsync("BACKUP STAGE END");
        var answer = await Until.EndsAsync("the commit", commit);
        await EndSessionAsync(other, session);

        var fate = await FateAsync(name, evidence: null, database);

        var value = await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1");
        Assert.Equal(value == 1 ? BranchFate.Committed : BranchFate.RolledBack, fate);
        Assert.True(answer is OnePhase.Unknown || answer is OnePhase.RolledBack == (value == 0), $"{answer} and {value}");
    }

    [Fact]
    public async Task Foreign_names_are_listed_as_foreign()
    {
        var gtrid = $"it''s {Guid.NewGuid()}";
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync($"XA START '{gtrid}','☃',7; UPDATE t SET v = 1 WHERE id = 1; XA END '{gtrid}','☃',7; XA PREPARE '{gtrid}','☃',7");
        await using var other = await Database.OpenAsync();
        var listed = (await Dialect.ListAsync(other, withLocks: false, None)).Where(branch => branch.RawName.Contains(gtrid[6..], StringComparison.Ordinal));
        var foreign = Assert.Single(listed);
        Assert.Equal((null, false), (foreign.Name, foreign.IsOfThisDatabase));
        await connection.ExecuteAsync($"XA ROLLBACK '{gtrid}','☃',7");
    }

    [Fact]
    public async Task A_name_of_our_form_with_another_format_id_is_foreign()
    {
        var name = NewName();
        var xid = $"'{name.Transaction}','{name.Branch}',99";
        await using var connection = await Database.OpenAsync();
        await connection.ExecuteAsync($"XA START {xid}; UPDATE t SET v = 1 WHERE id = 1; XA END {xid}; XA PREPARE {xid}");
        Assert.Null(await ListedAsync(name));
        Assert.Equal(FinishResult.NotThere, await FinishAsync(commit: true, name, evidence: null));
        await connection.ExecuteAsync($"XA ROLLBACK {xid}");
    }
}
