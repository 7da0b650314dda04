using System.Data;
using System.Data.Common;
using Concordat.Databases.Branches;
using Concordat.Databases.Tests.Network;

namespace Concordat.Databases.Tests.Dialects;

/// <summary>The cable is cut after a statement has arrived and before its answer has.</summary>
public abstract partial class DialectTests
{
    /// <summary>The statement of a one-phase commit, as it goes over the cable.</summary>
    private protected abstract string OnePhaseStatement { get; }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task A_prepare_whose_answer_was_lost_is_unknown_and_found_by_the_list(bool commit, int value)
    {
        var name = NewName();
        await using var proxy = new CuttingProxy(Database.Server.Port);
        await using var connection = await OpenThroughAsync(proxy);
        var branch = await BeginAndWriteAsync(connection, name);
        proxy.CutAfter(Dialect == Dialect.Postgres ? "PREPARE TRANSACTION" : "XA PREPARE");

        Assert.IsType<Preparation.Unknown>(await branch.PrepareAsync(None));

        Assert.Equal(1, proxy.Cuts);
        await branch.RollbackAsync(None);
        await Until.TrueAsync("the list finds what was prepared", async () => await ListedAsync(name) is not null);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit, name, evidence: null));
        Assert.Equal(value, await ValueAsync());
    }

    [Theory]
    [InlineData(true, 1, BranchFate.Committed)]
    [InlineData(false, 0, BranchFate.RolledBack)]
    public async Task A_second_phase_whose_answer_was_lost_is_asked_again_and_told_by_its_fate(bool commit, int value, object fate)
    {
        var name = NewName();
        await using var proxy = new CuttingProxy(Database.Server.Port);
        await using var connection = await OpenThroughAsync(proxy);
        var evidence = await PrepareAsync(connection, name);
        proxy.CutAfter(commit ? "COMMIT" : "ROLLBACK");

        await Assert.ThrowsAnyAsync<Exception>(() => FinishAsync(connection, commit, name, evidence));

        Assert.Equal(1, proxy.Cuts);
        await Until.TrueAsync("the branch is not there", async () => await FinishAsync(commit, name, evidence) is FinishResult.NotThere);
        Assert.Equal((BranchFate)fate, await FateAsync(name, evidence));
        Assert.Equal(value, await ValueAsync());
    }

    [Fact]
    public async Task A_one_phase_commit_whose_answer_was_lost_is_told_by_its_fate()
    {
        var name = NewName();
        await using var proxy = new CuttingProxy(Database.Server.Port);
        await using var connection = await OpenThroughAsync(proxy);
        var branch = await BeginAndWriteAsync(connection, name);
        var evidence = await OfferAsync(branch);
        proxy.CutAfter(OnePhaseStatement);

        Assert.IsType<OnePhase.Unknown>(await branch.CommitOnePhaseAsync(None));

        Assert.Equal(1, proxy.Cuts);
        await Until.TrueAsync("the server has done it", async () => await FateAsync(name, evidence) is not BranchFate.StillRunning);
        Assert.Equal(BranchFate.Committed, await FateAsync(name, evidence));
        Assert.Equal(1, await ValueAsync());
    }

    /// <summary>Cut in the work, before anything was prepared.</summary>
    [Fact]
    public async Task A_connection_that_was_lost_in_the_work_prepares_nothing()
    {
        var name = NewName();
        await using var proxy = new CuttingProxy(Database.Server.Port);
        await using var connection = await OpenThroughAsync(proxy);
        var branch = await Dialect.BeginAsync(connection, name, IsolationLevel.ReadCommitted, None);
        proxy.CutAfter("UPDATE");
        await Assert.ThrowsAnyAsync<Exception>(() => connection.ExecuteAsync("UPDATE t SET v = v + 1 WHERE id = 1"));

        Assert.IsNotType<Preparation.Prepared>(await branch.PrepareAsync(None));

        await branch.RollbackAsync(None);
        Assert.Null(await ListedAsync(name));
        await Until.TrueAsync("the server gives up the row", async () => await Facts.DatabaseError.OfAsync(
            () => Database.ExecuteAsync(Brief + "; UPDATE t SET v = v + 10 WHERE id = 1")) is null);
        Assert.Equal(10, await ValueAsync());
    }

    private async Task<DbConnection> OpenThroughAsync(CuttingProxy proxy)
    {
        var builder = new DbConnectionStringBuilder { ConnectionString = Database.ConnectionString, ["Port"] = proxy.Port };
        var connection = Database.Source.CreateConnection();
        connection.ConnectionString = builder.ConnectionString;
        await connection.OpenAsync();
        return connection;
    }
}
