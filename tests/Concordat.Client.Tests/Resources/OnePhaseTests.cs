using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Resources;

/// <summary>A transaction whose only branch this process holds: its database decides.</summary>
public sealed class OnePhaseTests
{
    private readonly FakeResource _orders = new("orders");
    private readonly FakeResource _billing = new("billing");

    [Fact]
    public async Task The_only_branch_commits_without_being_prepared_after_the_coordinator_has_its_evidence()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var evidence = "";
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id)
        {
            BeforeCommit = async () =>
            {
                var awaiting = await rig.Client.BeginSweepAsync("orders", _orders.Identity, TestContext.Current.CancellationToken);
                evidence = Assert.Single(awaiting.Awaiting).Evidence;
            },
        };
        transaction.Hold(orders);
        var document = await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((Outcome.Committed, TransactionState.Committed, "7"), (document.Outcome, document.State, evidence));
        Assert.Equal(["offered", "committed in one phase"], orders.Done);
        Assert.True(orders.IsDisposed);

        // Without a wait: the database's word is the coordinator's before the commit returns.
        Assert.Equal(Outcome.Committed, (await rig.Client.CommitAsync(transaction.Id, null, [], TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task What_the_database_refuses_at_the_end_is_rolled_back_and_says_why()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        transaction.Hold(new FakeOnePhaseBranch(_orders, transaction.Id) { Commit = (Fate.RolledBack, Fate.RolledBack) });
        var refused = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("orders", "the database's own words"), (refused.Reason!.Participant, refused.InnerException!.Message));
        Assert.Equal(Outcome.Aborted, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
    }

    [Theory]
    [InlineData(Fate.Committed)]
    [InlineData(Fate.RolledBack)]
    public async Task Where_the_databases_answer_is_lost_it_is_asked(Fate there)
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        transaction.Hold(new FakeOnePhaseBranch(_orders, transaction.Id) { Commit = (there, null) });
        var failure = await Record.ExceptionAsync(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(there == Fate.RolledBack ? typeof(TransactionRolledBackException) : null, failure?.GetType());
        var expected = there == Fate.Committed ? Outcome.Committed : Outcome.Aborted;
        Assert.Equal(expected, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
    }

    [Theory]
    [InlineData(Fate.Committed)]
    [InlineData(Fate.RolledBack)]
    public async Task Where_nobody_can_ask_the_database_now_a_sweep_does_later(Fate there)
    {
        await using var rig = await StartAsync(sweeping: true);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var isDown = true;
        _orders.Before = (what, _) =>
        {
            if (what == "fate" && isDown)
            {
                throw new InvalidOperationException("no connection");
            }
        };
        transaction.Hold(new FakeOnePhaseBranch(_orders, transaction.Id) { Commit = (there, null) });
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Null((await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Outcome);
        isDown = false;
        var expected = there == Fate.Committed ? Outcome.Committed : Outcome.Aborted;
        Assert.Equal(expected, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task What_wrote_nothing_votes_so_and_is_over()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id) { WroteNothing = true };
        transaction.Hold(orders);
        Assert.Equal(TransactionState.Committed, (await transaction.CommitAsync(TestContext.Current.CancellationToken)).State);
        Assert.Equal(["offered", "prepared"], orders.Done);
    }

    /// <summary>A service that was called enlisted a branch, and the client does not know.</summary>
    [Fact]
    public async Task Where_somebody_else_has_a_branch_it_is_prepared_after_all()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var billing = new FakeBranch(_billing, transaction.Id);
        var other = rig.Client.Join(transaction.Id);
        other.Hold(billing);
        await other.VoteAsync(TestContext.Current.CancellationToken);
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id);
        transaction.Hold(orders);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["offered", "prepared", "finished Committed"], orders.Done);
        await Wait.UntilAsync(() => _billing.Finished(billing.Name) == Outcome.Committed, "the service commits its branch");
    }

    [Fact]
    public async Task Two_branches_are_both_prepared_and_so_is_one_in_a_transaction_that_others_were_told_of()
    {
        await using var rig = await StartAsync();
        await using var two = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var (orders, billing) = (new FakeOnePhaseBranch(_orders, two.Id), new FakeOnePhaseBranch(_billing, two.Id));
        two.Hold(orders);
        two.Hold(billing);
        await two.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("prepared", "prepared"), (orders.Done[0], billing.Done[0]));

        await using var told = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var alone = new FakeOnePhaseBranch(_orders, told.Id);
        told.Hold(alone);
        told.Share();
        await told.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["prepared", "finished Committed"], alone.Done);
    }

    [Fact]
    public async Task Without_the_coordinators_answer_the_database_is_not_told_to_commit()
    {
        var losing = new Losing();
        await using var rig = await StartAsync(losing: losing);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id);
        transaction.Hold(orders);
        losing.LosesAnswers = true;
        await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        losing.LosesAnswers = false;
        Assert.Equal(["offered", "finished Aborted"], orders.Done);
        Assert.Equal(Outcome.Aborted, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Outcome);
    }

    /// <summary>The coordinator would take the second commit for one of an empty transaction.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_undone_by_a_cancelled_commit_is_not_committed_by_the_next(bool onePhase)
    {
        var losing = new Losing();
        await using var rig = await StartAsync(losing: losing);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        if (onePhase)
        {
            losing.Before = cancel.Cancel;
            transaction.Hold(new FakeOnePhaseBranch(_orders, transaction.Id));
        }
        else
        {
            transaction.Hold(new FakeBranch(_orders, transaction.Id) { BeforePrepare = () => Task.FromCanceled(cancel.Token) });
            await cancel.CancelAsync();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transaction.CommitAsync(cancel.Token));
        losing.Before = () => { };
        await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.NotEqual(Outcome.Committed, (await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Outcome);
    }

    /// <summary>A sweep reported it, and removed the marker by which its database knew it.</summary>
    [Fact]
    public async Task What_the_coordinator_knows_to_be_committed_is_not_rolled_back_because_its_marker_is_gone()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id)
        {
            Commit = (Fate.RolledBack, null),
            BeforeCommit = async () =>
            {
                await rig.Client.ReportAsync("orders", [new BranchReport(transaction.Id, "borders", Fate.Committed)], TestContext.Current.CancellationToken);
                await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            },
        };
        transaction.Hold(orders);
        Assert.Equal(Outcome.Committed, (await transaction.CommitAsync(TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task A_deadline_that_passed_before_rolls_back()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromMilliseconds(50) }, TestContext.Current.CancellationToken);
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id);
        transaction.Hold(orders);
        await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["offered", "finished Aborted"], orders.Done);
    }

    /// <summary>The name was given to another database behind this process's back: its vote must not count for that one.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_is_another_database_by_now_is_refused(bool onePhase)
    {
        await using var rig = await StartAsync();
        await rig.Http.DeleteAsync("/v1/resources/orders", TestContext.Current.CancellationToken);
        await rig.Client.PutResourceAsync("orders", "fake:another", TestContext.Current.CancellationToken);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeOnePhaseBranch(_orders, transaction.Id);
        transaction.Hold(orders);
        if (!onePhase)
        {
            transaction.Share();
        }

        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal("/problems/other-database", refused.Type);
        await transaction.DisposeAsync();
        Assert.Equal([onePhase ? "offered" : "prepared", "finished Aborted"], orders.Done);
    }

    private async Task<ResourceRig> StartAsync(bool sweeping = false, Losing? losing = null)
    {
        var rig = await ResourceRig.StartAsync(
            sweeping,
            client =>
            {
                if (losing is not null)
                {
                    client.Services.Configure<ConcordatClientOptions>(o => o.RetryBudget = TimeSpan.Zero);
                    client.Http.AddHttpMessageHandler(() => losing);
                }
            },
            _orders,
            _billing);
        await rig.Client.UseResourceAsync("orders", TestContext.Current.CancellationToken);
        await rig.Client.UseResourceAsync("billing", TestContext.Current.CancellationToken);
        return rig;
    }
}
