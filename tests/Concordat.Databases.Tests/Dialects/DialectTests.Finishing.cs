using Concordat.Databases.Branches;

namespace Concordat.Databases.Tests.Dialects;

public abstract partial class DialectTests
{
    [Theory]
    [InlineData(true, 1, Fate.Committed)]
    [InlineData(false, 0, Fate.RolledBack)]
    public async Task Any_connection_finishes_a_prepared_branch_and_afterwards_it_is_known_how(bool commit, int value, object fate)
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name);

        Assert.Equal(FinishResult.Done, await FinishAsync(commit, name, evidence));

        Assert.Equal(value, await ValueAsync());
        Assert.Null(await ListedAsync(name));
        foreach (var again in (bool[])[true, false])
        {
            Assert.Equal(FinishResult.NotThere, await FinishAsync(again, name, evidence));
        }

        Assert.Equal((Fate)fate, await FateAsync(name, evidence));
        Assert.Equal(value, await ValueAsync());
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task The_session_that_prepared_it_finishes_it_and_goes_on(bool commit, int value)
    {
        await using var connection = await Database.OpenAsync();
        for (var i = 1; i <= 3; i++)
        {
            var name = NewName();
            Assert.Equal(FinishResult.Done, await FinishAsync(connection, commit, name, await PrepareAsync(connection, name)));
            Assert.Equal(i * value, await ValueAsync());
        }
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Another_session_finishes_it_while_the_one_that_prepared_it_lives(bool commit, int value)
    {
        var name = NewName();
        await using var owner = await Database.OpenAsync();
        var evidence = await PrepareAsync(owner, name);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit, name, evidence));
        Assert.Equal(value, await ValueAsync());
    }

    [Fact]
    public async Task What_never_was_is_not_there()
    {
        var name = NewName();
        Assert.Equal(FinishResult.NotThere, await FinishAsync(commit: true, name, evidence: null));
        Assert.Equal(FinishResult.NotThere, await FinishAsync(commit: false, name, evidence: null));
        Assert.NotEqual(Fate.Committed, await FateAsync(name, evidence: null));
    }

    /// <summary>One is told that it did it; the other is told the truth, and asking again leads there.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Of_two_that_finish_at_once_one_is_told_Done(bool first, bool second)
    {
        const int Races = 25;
        await using var one = await Database.OpenAsync();
        await using var two = await Database.OpenAsync();
        var committed = 0;
        for (var i = 0; i < Races; i++)
        {
            var name = NewName();
            var evidence = await PrepareAndLeaveAsync(name);

            var results = await Until.EndsAsync("two finishers", Task.WhenAll(
                Task.Run(() => FinishAsync(one, first, name, evidence)), Task.Run(() => FinishAsync(two, second, name, evidence))));

            Assert.Single(results, FinishResult.Done);
            Assert.True(results[results[0] == FinishResult.Done ? 1 : 0] is FinishResult.NotThere or FinishResult.Busy);
            committed += (results[0] == FinishResult.Done ? first : second) ? 1 : 0;
            Assert.Equal(committed, await ValueAsync());
            Assert.Equal(FinishResult.NotThere, await FinishAsync(one, first, name, evidence));
            Assert.Equal((results[0] == FinishResult.Done ? first : second) ? Fate.Committed : Fate.RolledBack, await FateAsync(name, evidence));
        }
    }

    [Fact]
    public async Task Forgetting_is_for_what_has_ended_and_can_be_repeated()
    {
        var name = NewName();
        var evidence = await PrepareAndLeaveAsync(name);
        Assert.Equal(FinishResult.Done, await FinishAsync(commit: true, name, evidence));
        await using var connection = await Database.OpenAsync();
        BranchName[] names = [name, .. Enumerable.Range(0, 1100).Select(_ => NewName())];
        await Dialect.ForgetAsync(connection, names, None);
        await Dialect.ForgetAsync(connection, names, None);
        Assert.Equal(1, await ValueAsync());
    }
}
