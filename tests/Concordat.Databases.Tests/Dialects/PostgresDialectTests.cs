using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;
using Npgsql;

namespace Concordat.Databases.Tests.Dialects;

public sealed partial class PostgresDialectTests(SharedServers servers) : DialectTests
{
    private protected override Dialect Dialect => Dialect.Postgres;

    private protected override string Brief => "SET lock_timeout = '1s'";

    private protected override string OnePhaseStatement => "COMMIT";

    private protected override async Task<DatabaseServer> SharedServerAsync() => await servers.PostgresAsync();

    private protected override async Task<DatabaseServer> NewServerAsync() => await PostgresServer.StartAsync();

    private protected override Task<long> SessionIdAsync(DbConnection connection) => Task.FromResult<long>(((NpgsqlConnection)connection).ProcessID);

    private protected override async Task EndSessionAsync(DbConnection administration, long session)
    {
        await administration.ExecuteAsync($"SELECT pg_terminate_backend({session})");
        await Until.TrueAsync(
            "the session is gone", async () => await administration.ScalarAsync<int>($"SELECT count(*) FROM pg_stat_activity WHERE pid = {session}") == 0);
    }

    [Fact]
    public async Task A_branch_that_wrote_nothing_is_read_only_and_over()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await Dialect.BeginAsync(connection, name, IsolationLevel.ReadCommitted, None);
        await connection.ExecuteAsync("SELECT * FROM t");
        Assert.IsType<Preparation.ReadOnly>(await branch.PrepareAsync(None));
        Assert.Null(await ListedAsync(name));

        var onePhase = await Dialect.BeginAsync(connection, name, IsolationLevel.ReadCommitted, None);
        Assert.IsType<OnePhaseOffer.ReadOnly>(await onePhase.OfferOnePhaseAsync(None));
    }

    [Fact]
    public async Task A_branch_that_only_notified_is_refused_before_anybody_is_told()
    {
        await using var connection = await Database.OpenAsync();
        var branch = await Dialect.BeginAsync(connection, NewName(), IsolationLevel.ReadCommitted, None);
        await connection.ExecuteAsync("NOTIFY something");
        Assert.Equal("0A000", Assert.IsType<Preparation.Refused>(await branch.PrepareAsync(None)).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_statement_that_the_caller_swallowed_is_a_refusal(bool onePhase)
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        Assert.Equal("22012", await Facts.DatabaseError.OfAsync(connection, "SELECT 1 / 0"));
        if (onePhase)
        {
            Assert.Equal("25P02", Assert.IsType<OnePhaseOffer.Refused>(await branch.OfferOnePhaseAsync(None)).Code);
        }
        else
        {
            Assert.Equal("25P02", Assert.IsType<Preparation.Refused>(await branch.PrepareAsync(None)).Code);
        }

        Assert.Null(await ListedAsync(name));
        Assert.Equal(0, await ValueAsync());
        var next = NewName();
        Assert.Equal(FinishResult.Done, await FinishAsync(connection, commit: true, next, await PrepareAsync(connection, next)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_transaction_that_the_caller_ended_is_a_refusal_and_no_read_only(bool commit, bool onePhase)
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        await (commit ? branch.Transaction!.CommitAsync() : branch.Transaction!.RollbackAsync());
        if (onePhase)
        {
            Assert.IsType<OnePhaseOffer.Refused>(await branch.OfferOnePhaseAsync(None));
        }
        else
        {
            var answer = await branch.PrepareAsync(None);
            Assert.True(answer is Preparation.Refused, $"{answer}");
        }

        Assert.Null(await ListedAsync(name));
    }

    [Fact]
    public async Task Without_room_for_another_prepared_branch_it_is_refused()
    {
        await using var server = await PostgresServer.StartAsync("max_prepared_transactions=1");
        var database = await CreateDatabaseAsync(server);
        await PrepareAndLeaveAsync(NewName(), database);
        await using var connection = await database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, NewName(), row: 2);
        Assert.Equal("53200", Assert.IsType<Preparation.Refused>(await branch.PrepareAsync(None)).Code);
    }

    [Fact]
    public async Task The_list_tells_how_many_locks_are_held_and_on_what()
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name);
        var listed = await ListedAsync(name);
        Assert.True(listed!.Locks >= 2, $"{listed.Locks}");
        Assert.Contains("t", listed.LockedTables);
        await FinishAsync(commit: false, name, evidence);
    }

    [Fact]
    public async Task The_list_tells_the_locks_after_a_restart_too()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateDatabaseAsync(server);
        var name = NewName();
        await PrepareAndLeaveAsync(name, database);
        await server.RestartAsync();
        Assert.Contains("t", (await ListedAsync(name, database))!.LockedTables);
    }

    [Fact]
    public async Task Foreign_names_are_listed_as_foreign()
    {
        var foreign = $"somebody's \"{Guid.NewGuid()}\"";
        await Database.ExecuteAsync($"BEGIN; UPDATE t SET v = 1 WHERE id = 1; PREPARE TRANSACTION '{foreign.Replace("'", "''", StringComparison.Ordinal)}'");
        await using var connection = await Database.OpenAsync();
        Assert.Null(Assert.Single(await Dialect.ListAsync(connection, withLocks: true, None), branch => branch.RawName == foreign).Name);
        await Database.ExecuteAsync($"ROLLBACK PREPARED '{foreign.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    /// <summary>The first finisher is held inside of its commit: it waits for a standby that is not there.</summary>
    [Fact]
    public async Task While_another_session_finishes_it_a_branch_is_busy()
    {
        await using var server = await PostgresServer.StartAsync("synchronous_standby_names=nobody", "synchronous_commit=local");
        var database = await CreateDatabaseAsync(server);
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name, database);
        await using var first = await database.OpenAsync();
        await first.ExecuteAsync("SET synchronous_commit = on");
        var commit = FinishAsync(first, commit: true, name, evidence);
        await using var second = await database.OpenAsync();
        await UntilItWaitsForTheStandbyAsync(second);

        Assert.Equal(FinishResult.Busy, await FinishAsync(second, commit: false, name, evidence));

        await second.ExecuteAsync($"SELECT pg_cancel_backend({await SessionIdAsync(first)})");
        Assert.Equal(FinishResult.Done, await Until.EndsAsync("the commit", commit));
        Assert.Equal(FinishResult.NotThere, await FinishAsync(second, commit: false, name, evidence));
        Assert.Equal(BranchFate.Committed, await FateAsync(name, evidence, database));
    }

    /// <summary>Killed while it waits for the standby: committed, and nobody is told.</summary>
    [Fact]
    public async Task A_one_phase_commit_whose_answer_was_lost_is_told_by_its_evidence()
    {
        await using var server = await PostgresServer.StartAsync("synchronous_standby_names=nobody", "synchronous_commit=local");
        var database = await CreateDatabaseAsync(server);
        var name = NewName();
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync("SET synchronous_commit = on");
        var branch = await BeginAndWriteAsync(connection, name);
        var evidence = await OfferAsync(branch);
        var commit = branch.CommitOnePhaseAsync(None);
        await using var other = await database.OpenAsync();
        await UntilItWaitsForTheStandbyAsync(other);
        await EndSessionAsync(other, await SessionIdAsync(connection));

        Assert.IsType<OnePhase.Unknown>(await Until.EndsAsync("the commit", commit));

        Assert.Equal(BranchFate.Committed, await FateAsync(name, evidence, database));
        Assert.Equal(1, await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }

    [Fact]
    public async Task A_one_phase_commit_is_synchronous_where_the_database_is_not()
    {
        await using var server = await PostgresServer.StartAsync("synchronous_commit=off", "wal_writer_delay=10s");
        var database = await CreateDatabaseAsync(server);
        await database.ExecuteAsync("CHECKPOINT");
        await using (var connection = await database.OpenAsync())
        {
            var branch = await BeginAndWriteAsync(connection, NewName());
            await OfferAsync(branch);
            Assert.IsType<OnePhase.Committed>(await branch.CommitOnePhaseAsync(None));
            await server.RestartAsync();
        }

        Assert.Equal(1, await database.ScalarAsync<int>("SELECT v FROM t WHERE id = 1"));
    }

    [Fact]
    public async Task What_the_server_has_forgotten_is_unknown_and_not_guessed()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateDatabaseAsync(server);
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name, database);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: true, name, evidence, database));
        await server.ForgetOldTransactionsAsync();
        Assert.Equal(BranchFate.Unknown, await FateAsync(name, evidence, database));
    }

    [Fact]
    public async Task Evidence_of_another_cluster_or_timeline_or_of_the_future_says_nothing()
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: true, name, evidence));
        var parts = evidence.Split(':');
        Assert.Equal(5, parts.Length);
        Assert.Equal(BranchFate.Committed, await FateAsync(name, string.Join(':', parts)));
        foreach (var (place, other) in new[] { (2, "1"), (3, "00000009"), (4, "4000000000") })
        {
            var changed = parts.ToArray();
            changed[place] = other;
            Assert.Equal(BranchFate.Unknown, await FateAsync(name, string.Join(':', changed)));
        }

        foreach (var nonsense in (string?[])[null, "", "mysql:1:2:3:4", "postgres:1:1:2:3'; DROP TABLE t"])
        {
            Assert.Equal(BranchFate.Unknown, await FateAsync(name, nonsense));
        }
    }

    [Fact]
    public async Task In_another_database_it_is_an_error_and_stays()
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name);
        var other = await CreateDatabaseAsync(Database.Server);
        Assert.Equal("0A000", await Facts.DatabaseError.OfAsync(() => FinishAsync(commit: true, name, evidence, other)));
        Assert.NotNull(await ListedAsync(name));
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: false, name, evidence));
    }

    private static async Task UntilItWaitsForTheStandbyAsync(DbConnection connection) => await Until.TrueAsync(
        "the commit waits for the standby",
        async () => await connection.ScalarAsync<int>("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1);
}
