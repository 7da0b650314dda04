using System.Transactions;

namespace Concordat.Client.Tests.Scopes;

/// <summary>One timeout, kept by two clocks; whoever is first, the outcome is one.</summary>
public sealed class ScopeTimeoutTests(InProcessCoordinator coordinator) : IClassFixture<InProcessCoordinator>
{
    [Theory]
    [InlineData(null, 60)]
    [InlineData(7, 7)]
    public async Task Scope_and_coordinator_have_the_same_timeout(int? seconds, int expected)
    {
        await using var rig = new ScopeRig(coordinator);
        using var scope = rig.Client.CreateScope(new ScopeOptions { Timeout = seconds is { } s ? TimeSpan.FromSeconds(s) : null });
        var document = rig.Look(scope);
        Assert.Equal(TimeSpan.FromSeconds(expected), document.Deadline - document.CreatedAt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(601)]
    public async Task A_timeout_that_TransactionScope_would_quietly_change_is_refused(int seconds)
    {
        await using var rig = new ScopeRig(coordinator);
        Assert.Equal(TimeSpan.FromMinutes(10), TransactionManager.MaximumTimeout);
        var options = new ScopeOptions { Timeout = TimeSpan.FromSeconds(seconds) };
        Assert.Contains("MaximumTimeout", Assert.Throws<ArgumentOutOfRangeException>(() => rig.Client.CreateScope(options)).Message, StringComparison.Ordinal);
        Assert.Empty(rig.Wire.Lines);
    }

    [Fact]
    public async Task Where_the_coordinators_deadline_is_first_the_scope_aborts()
    {
        await using var rig = new ScopeRig(coordinator);
        var scope = rig.Client.CreateScope(new ScopeOptions { Timeout = TimeSpan.FromSeconds(30) });
        var driver = FakeDriver.Open(onPrepare: () => rig.AbortAtDeadline(scope).Wait());
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Equal(["driver prepare", "driver rollback"], driver.Heard);
    }

    [Fact]
    public async Task A_deadline_that_passes_before_the_commit_aborts_and_says_so()
    {
        await using var rig = new ScopeRig(coordinator);
        var scope = rig.Client.CreateScope(new ScopeOptions { Timeout = TimeSpan.FromMilliseconds(100) });
        var driver = FakeDriver.Open(onPrepare: () => rig.AbortsAsync(scope).Wait());
        scope.Complete();
        Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Contains("driver rollback", driver.Heard);
        Assert.Equal(AbortCode.Timeout, rig.Look(scope).Reason!.Code);
    }

    [Fact]
    public async Task Where_the_scopes_timer_is_first_the_coordinator_hears_of_it()
    {
        await using var rig = new ScopeRig(coordinator);

        // The coordinator is told of a longer timeout than the scope keeps.
        rig.Wire.Do(ScopeRig.Begin, (_, _) => rig.BeginElsewhere(seconds: 60));
        var scope = rig.Client.CreateScope(new ScopeOptions { Timeout = TimeSpan.FromMilliseconds(200) });
        var driver = FakeDriver.Open();
        await Wait.UntilAsync(() => driver.Heard is ["driver rollback"], "the scope's timer rolls back");
        await rig.AbortsAsync(scope);
        Assert.Throws<TransactionAbortedException>(() =>
        {
            scope.Complete();
            scope.Dispose();
        });
    }

    [Fact]
    public async Task Once_it_is_deciding_the_scopes_timer_changes_nothing()
    {
        await using var rig = new ScopeRig(coordinator);
        using var passed = new ManualResetEventSlim();
        rig.Wire.LoseTheAnswer(ScopeRig.Commit, meanwhile: () => passed.Wait(TimeSpan.FromSeconds(30)));
        var scope = rig.Client.CreateScope(new ScopeOptions { Timeout = TimeSpan.FromSeconds(2) });
        var driver = FakeDriver.Open();
        scope.Complete();

        // One that begins later, has longer and does not decide shows when the timers are through.
        using (var twin = new CommittableTransaction(TimeSpan.FromSeconds(2.5)))
        {
            twin.TransactionCompleted += (_, _) => passed.Set();
            scope.Dispose();
        }

        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
    }
}
