using System.Transactions;

namespace Concordat.Client.Tests.Scopes;

/// <summary>Scopes in scopes, of ours and of others.</summary>
public sealed class NestedScopeTests(InProcessCoordinator coordinator) : IClassFixture<InProcessCoordinator>
{
    [Fact]
    public async Task A_required_scope_in_a_scope_joins_it_and_begins_nothing()
    {
        await using var rig = new ScopeRig(coordinator);
        using (var outer = rig.Client.CreateScope())
        {
            using (var inner = rig.Client.CreateScope(new ScopeOptions { Resources = [rig.Orders], Timeout = TimeSpan.FromSeconds(30) }))
            {
                Assert.Equal(outer.Id, inner.Id);
                FakeDriver.Open();
                inner.Complete();
            }

            Assert.Equal(0, rig.Wire.Count(ScopeRig.Commit));
            outer.Complete();
        }

        Assert.Equal((1, 1), (rig.Wire.Count(ScopeRig.Begin), rig.Wire.Count(ScopeRig.Commit)));
    }

    [Fact]
    public async Task A_plain_TransactionScope_in_a_scope_joins_it_too()
    {
        await using var rig = new ScopeRig(coordinator);
        FakeDriver driver;
        using (var outer = rig.Client.CreateScope())
        {
            using (var inner = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            {
                driver = FakeDriver.Open();
                inner.Complete();
            }

            outer.Complete();
        }

        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
    }

    [Fact]
    public async Task An_inner_scope_left_without_complete_aborts_the_outer_one()
    {
        await using var rig = new ScopeRig(coordinator);
        var outer = rig.Client.CreateScope();
        var driver = FakeDriver.Open();
        rig.Client.CreateScope().Dispose();
        outer.Complete();
        Assert.Throws<TransactionAbortedException>(outer.Dispose);
        Assert.Equal(["driver rollback"], driver.Heard);
        await rig.AbortsAsync(outer);
    }

    [Fact]
    public async Task A_scope_in_one_that_has_aborted_is_told_so_as_in_any_TransactionScope()
    {
        await using var rig = new ScopeRig(coordinator);
        var outer = rig.Client.CreateScope();
        Transaction.Current!.Rollback();
        Assert.Throws<TransactionAbortedException>(() => rig.Client.CreateScope());
        outer.Dispose();
        Assert.Equal(1, rig.Wire.Count(ScopeRig.Begin));
        await rig.AbortsAsync(outer);
    }

    [Fact]
    public async Task A_scope_that_requires_a_new_transaction_has_an_outcome_of_its_own()
    {
        await using var rig = new ScopeRig(coordinator);
        ConcordatScope inner;
        var outer = rig.Client.CreateScope();
        using (inner = rig.Client.CreateScope(TransactionScopeOption.RequiresNew))
        {
            FakeDriver.Open("inner");
            inner.Complete();
        }

        Assert.Equal(outer.Id!.Value.ToGuid(), Transaction.Current!.TransactionInformation.DistributedIdentifier);
        outer.Dispose();
        Assert.NotEqual(outer.Id, inner.Id);
        Assert.Equal(Outcome.Committed, rig.Look(inner).Outcome);
        await rig.AbortsAsync(outer);
    }

    [Fact]
    public async Task A_suppressed_scope_has_no_transaction_and_the_outer_one_is_back_after_it()
    {
        await using var rig = new ScopeRig(coordinator);
        using var outer = rig.Client.CreateScope();
        using (var suppressed = rig.Client.CreateScope(TransactionScopeOption.Suppress))
        {
            Assert.Null(Transaction.Current);
            Assert.Null(suppressed.Id);
            suppressed.Complete();
        }

        Assert.Equal(outer.Id!.Value.ToGuid(), Transaction.Current!.TransactionInformation.DistributedIdentifier);
    }

    [Fact]
    public async Task In_somebody_elses_transaction_it_is_refused_and_nothing_is_begun()
    {
        await using var rig = new ScopeRig(coordinator);
        using var plain = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        var refused = Assert.Throws<ScopeRefusedException>(() => rig.Client.CreateScope());
        Assert.Contains("RequiresNew", refused.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Wire.Lines);
        using var own = rig.Client.CreateScope(TransactionScopeOption.RequiresNew);
        Assert.Equal(own.Id!.Value.ToGuid(), Transaction.Current!.TransactionInformation.DistributedIdentifier);
    }

    [Fact]
    public async Task Where_another_coordinator_has_the_seat_it_is_refused_and_the_others_transaction_goes_on()
    {
        await using var rig = new ScopeRig(coordinator);
        using (var plain = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Transaction.Current!.EnlistDurable(Guid.NewGuid(), new OnePhase(), EnlistmentOptions.None);
            Assert.Throws<ScopeRefusedException>(() => rig.Client.CreateScope());
            plain.Complete();
        }

        Assert.Empty(rig.Wire.Lines);
    }

    [Fact]
    public async Task In_a_scope_of_another_client_it_is_refused()
    {
        await using var rig = new ScopeRig(coordinator);
        await using var other = new ScopeRig(coordinator);
        using var outer = other.Client.CreateScope();
        Assert.Throws<ScopeRefusedException>(() => rig.Client.CreateScope());
    }

    [Fact]
    public async Task An_inner_scope_cannot_name_a_resource_that_the_outer_one_has_not()
    {
        await using var rig = new ScopeRig(coordinator);
        using var outer = rig.Client.CreateScope(new ScopeOptions { Resources = [rig.Orders] });
        var refused = Assert.Throws<ScopeRefusedException>(() => rig.Client.CreateScope(new ScopeOptions { Resources = [rig.Billing] }));
        Assert.Contains(rig.Billing, refused.Message, StringComparison.Ordinal);
        Assert.NotNull(Transaction.Current);
    }

    [Fact]
    public async Task An_inner_scope_of_another_isolation_level_is_an_error_as_in_any_TransactionScope()
    {
        await using var rig = new ScopeRig(coordinator);
        using var outer = rig.Client.CreateScope();
        Assert.Throws<ArgumentException>(() => rig.Client.CreateScope(new ScopeOptions { IsolationLevel = IsolationLevel.Serializable }));
    }

    [Fact]
    public async Task The_isolation_level_is_the_one_that_was_asked_for()
    {
        await using var rig = new ScopeRig(coordinator);
        using var scope = rig.Client.CreateScope(new ScopeOptions { IsolationLevel = IsolationLevel.RepeatableRead });
        Assert.Equal(IsolationLevel.RepeatableRead, Transaction.Current!.IsolationLevel);
    }

    [Fact]
    public async Task A_durable_enlistment_after_ours_fails_and_aborts()
    {
        await using var rig = new ScopeRig(coordinator);
        using var scope = rig.Client.CreateScope();
        Assert.ThrowsAny<TransactionException>(() => Transaction.Current!.EnlistDurable(Guid.NewGuid(), new OnePhase(), EnlistmentOptions.None));
    }

    private sealed class OnePhase : ISinglePhaseNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment) => preparingEnlistment.Prepared();

        public void Commit(Enlistment enlistment) => enlistment.Done();

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();

        public void SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment) => singlePhaseEnlistment.Committed();
    }
}
