using System.Data;
using System.Text;
using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

public abstract partial class DialectTests
{
    [Fact]
    public async Task A_prepared_branch_is_listed_with_its_age_and_owner_and_gives_evidence()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var evidence = await PrepareAsync(connection, name);

        var listed = await ListedAsync(name);
        Assert.NotNull(listed);
        Assert.Equal((name.ToString(), true), (listed.RawName, listed.IsOfThisDatabase));
        Assert.InRange(listed.Age!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.NotEqual("", listed.Owner);
        Assert.InRange(Encoding.UTF8.GetByteCount(evidence), 1, Dialect.MaxEvidenceBytes);
        Assert.Equal(Fate.StillRunning, await FateAsync(name, evidence));
        Assert.Equal(0, await ValueAsync());
        await FinishAsync(connection, commit: false, name, evidence);
    }

    [Fact]
    public async Task A_branch_that_another_database_prepared_is_not_this_ones()
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name);
        var other = await CreateDatabaseAsync(Database.Server);
        Assert.NotEqual(true, (await ListedAsync(name, other))?.IsOfThisDatabase);
        Assert.True((await ListedAsync(name))!.IsOfThisDatabase);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: false, name, evidence));
    }

    [Fact]
    public async Task An_open_branch_that_is_rolled_back_leaves_nothing_and_its_connection_goes_on()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);

        await branch.RollbackAsync(None);
        await branch.RollbackAsync(None);

        Assert.Null(await ListedAsync(name));
        Assert.Equal(0, await ValueAsync());
        Assert.Equal(FinishResult.NotThere, await FinishAsync(connection, commit: true, name, evidence: null));
        var next = NewName();
        Assert.Equal(FinishResult.Done, await FinishAsync(connection, commit: true, next, await PrepareAsync(connection, next)));
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task A_deadlock_victim_is_refused_and_undone()
    {
        var (first, second) = (NewName("first"), NewName("second"));
        await using var one = await Database.OpenAsync();
        await using var two = await Database.OpenAsync();
        var branches = new[] { await BeginAndWriteAsync(one, first, row: 1), await BeginAndWriteAsync(two, second, row: 2) };

        var errors = await Until.EndsAsync("the deadlock", Task.WhenAll(
            Facts.DatabaseError.OfAsync(one, "UPDATE t SET v = v + 1 WHERE id = 2"), Facts.DatabaseError.OfAsync(two, "UPDATE t SET v = v + 1 WHERE id = 1")));

        Assert.Single(errors, error => error is null);
        var (victim, winner) = errors[0] is null ? (branches[1], branches[0]) : (branches[0], branches[1]);
        var refused = Assert.IsType<Preparation.Refused>(await victim.PrepareAsync(None));
        Assert.NotEqual("", refused.Reason);
        Assert.Null(await ListedAsync(victim.Name));
        var prepared = Assert.IsType<Preparation.Prepared>(await winner.PrepareAsync(None));
        Assert.Equal(FinishResult.Done, await FinishAsync(winner.Connection, commit: true, winner.Name, prepared.Evidence));
        Assert.Equal((1, 1), (await ValueAsync(1), await ValueAsync(2)));

        // What was the victim's goes on.
        var next = NewName();
        Assert.Equal(FinishResult.Done, await FinishAsync(victim.Connection, commit: true, next, await PrepareAsync(victim.Connection, next)));
    }

    [Fact]
    public async Task A_branch_whose_session_ended_before_it_was_prepared_is_no_yes_and_leaves_nothing()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        await using (var administration = await Database.OpenAsync())
        {
            await EndSessionAsync(administration, await SessionIdAsync(connection));
        }

        Assert.IsType<Preparation.Unknown>(await branch.PrepareAsync(None));

        await branch.RollbackAsync(None);
        Assert.Null(await ListedAsync(name));
        Assert.Equal(FinishResult.NotThere, await FinishAsync(commit: false, name, evidence: null));
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task A_canceled_prepare_is_no_vote()
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await BeginAndWriteAsync(connection, name);
        Assert.IsType<Preparation.Unknown>(await branch.PrepareAsync(new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData(IsolationLevel.Unspecified)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_branch_has_the_isolation_that_it_began_with(IsolationLevel level)
    {
        var name = NewName();
        await using var connection = await Database.OpenAsync();
        var branch = await Dialect.BeginAsync(connection, name, level, None);
        if (level != IsolationLevel.Unspecified)
        {
            var before = await connection.ScalarAsync<int>("SELECT v FROM t WHERE id = 2");
            await using var other = await Database.OpenAsync();

            // It waits for a read lock in vain, or writes what the branch does not see.
            _ = await Facts.DatabaseError.OfAsync(other, Brief + "; UPDATE t SET v = 9 WHERE id = 2");
            Assert.Equal(before, await connection.ScalarAsync<int>("SELECT v FROM t WHERE id = 2"));
        }

        await connection.ExecuteAsync("UPDATE t SET v = v + 1 WHERE id = 1");
        var prepared = Assert.IsType<Preparation.Prepared>(await branch.PrepareAsync(None));
        Assert.Equal(FinishResult.Done, await FinishAsync(connection, commit: true, name, prepared.Evidence));
    }

    /// <summary>Waits for no lock longer than a second.</summary>
    private protected abstract string Brief { get; }
}
