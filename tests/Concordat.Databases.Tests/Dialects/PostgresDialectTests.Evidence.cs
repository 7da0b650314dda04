using System.Data;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

/// <summary>What evidence says of a server is asked once for as long as that runs, and right all the same.</summary>
public sealed partial class PostgresDialectTests
{
    private const string Before = "00000001", After = "00000002";

    [Fact]
    public async Task Evidence_has_the_timeline_of_its_transaction_through_a_promotion_and_a_restart()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateDatabaseAsync(server);
        var (first, evidence) = await CommittedAsync(database);
        Assert.Equal(Before, TimelineOf(evidence));

        // The same folder and address, as a standby that is promoted while it runs.
        await server.KillAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "standby.signal"), "", TestContext.Current.CancellationToken);
        await server.StartAgainAsync();
        await using (var standby = await database.OpenAsync())
        {
            var none = await Dialect.BeginAsync(standby, NewName(), IsolationLevel.ReadCommitted, None);
            Assert.IsType<Preparation.Refused>(await none.PrepareAsync(None));
            Assert.True(await standby.ScalarAsync<bool>("SELECT pg_promote()"));
        }

        var (_, promoted) = await CommittedAsync(database);
        Assert.Equal(After, TimelineOf(promoted));
        Assert.Equal(BranchFate.Unknown, await FateAsync(first, evidence, database));

        await server.RestartAsync();
        var (_, restarted) = await CommittedAsync(database);
        Assert.Equal(After, TimelineOf(restarted));
        Assert.Equal(ClusterOf(evidence), ClusterOf(restarted));
    }

    [Fact]
    public async Task A_server_is_asked_once_and_a_branch_whose_evidence_is_refused_may_be_prepared()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await CreateDatabaseAsync(server);
        await database.ExecuteAsync("CREATE ROLE worker; GRANT ALL ON t TO worker; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync("SET SESSION AUTHORIZATION worker");
        var name = NewName();
        var branch = await BeginAndWriteAsync(connection, name);
        Assert.IsType<Preparation.Unknown>(await branch.PrepareAsync(None));
        Assert.NotNull(await ListedAsync(name, database));
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: false, name, evidence: null, database));

        await CommittedAsync(database);

        Assert.Equal(Before, TimelineOf(await PrepareAsync(connection, NewName())));
    }

    private async Task<(BranchName Name, string Evidence)> CommittedAsync(TestDatabase database)
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name, database);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: true, name, evidence, database));
        Assert.Equal(BranchFate.Committed, await FateAsync(name, evidence, database));
        return (name, evidence);
    }

    private static string ClusterOf(string evidence) => evidence.Split(':')[2];

    private static string TimelineOf(string evidence) => evidence.Split(':')[3];
}
