using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Resources;

/// <summary>A transaction over databases of which this process holds the connections.</summary>
public sealed class HeldBranchTests
{
    private readonly FakeResource _orders = new("orders");
    private readonly FakeResource _billing = new("billing");

    [Fact]
    public async Task A_commit_prepares_all_at_once_and_commits_all_and_the_transaction_ends_without_a_sweep()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var both = new Barrier(2);
        Task Meet() => Task.Run(() => Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30)), "the two prepare one after the other"));
        var orders = new FakeBranch(_orders, transaction.Id) { BeforePrepare = Meet };
        var billing = new FakeBranch(_billing, transaction.Id) { BeforePrepare = Meet };
        transaction.Hold(orders);
        transaction.Hold(billing);
        Assert.Equal(Outcome.Committed, (await transaction.CommitAsync(TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal((Outcome.Committed, Outcome.Committed), (_orders.Finished(orders.Name), _billing.Finished(billing.Name)));
        Assert.True(orders.IsDisposed && billing.IsDisposed);
        var ended = await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(TransactionState.Committed, ended.State);
    }

    [Fact]
    public async Task One_that_cannot_be_prepared_rolls_all_of_them_back_and_its_cause_is_shown()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeBranch(_orders, transaction.Id);
        var billing = new FakeBranch(_billing, transaction.Id) { BeforePrepare = () => throw new InvalidOperationException("deadlock detected") };
        transaction.Hold(orders);
        transaction.Hold(billing);
        var refused = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("billing", "deadlock detected"), (refused.Reason!.Participant, refused.InnerException!.Message));
        Assert.Equal(Outcome.Aborted, _orders.Finished(orders.Name));
        Assert.Equal(Outcome.Aborted, (await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task What_was_read_only_is_over_when_it_has_voted()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeBranch(_orders, transaction.Id) { Vote = Vote.ReadOnly };
        var billing = new FakeBranch(_billing, transaction.Id);
        transaction.Hold(orders);
        transaction.Hold(billing);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((null, Outcome.Committed, true), (orders.FinishedAs, billing.FinishedAs, orders.IsDisposed));
    }

    [Fact]
    public async Task A_commit_that_fails_at_a_database_after_the_decision_is_no_error_and_a_sweep_does_it()
    {
        await using var rig = await StartAsync(sweeping: true);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeBranch(_orders, transaction.Id) { BeforeFinish = () => throw new InvalidOperationException("connection lost") };
        transaction.Hold(orders);
        Assert.Equal(Outcome.Committed, (await transaction.CommitAsync(TestContext.Current.CancellationToken)).Outcome);
        await Wait.UntilAsync(() => _orders.Finished(orders.Name) == Outcome.Committed, "the sweep commits it");
    }

    [Fact]
    public async Task Where_the_outcome_is_not_known_nothing_is_undone_and_a_sweep_finishes_it_as_it_was_decided()
    {
        var losing = new Losing();
        await using var rig = await StartAsync(sweeping: true, losing);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeBranch(_orders, transaction.Id);
        transaction.Hold(orders);
        losing.LosesAnswers = true;
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.True(orders.IsDisposed && orders.FinishedAs is null);
        losing.LosesAnswers = false;
        await Wait.UntilAsync(() => _orders.Finished(orders.Name) == Outcome.Committed, "the sweep commits it");
    }

    /// <summary>The answer of the first attempt is lost, and the second reaches something that does not know the transaction.</summary>
    [Fact]
    public async Task Where_somebody_else_answers_the_repetition_nothing_is_undone()
    {
        var losing = new Losing();
        await using var rig = await StartAsync(sweeping: false, losing, TimeSpan.FromSeconds(30));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        var orders = new FakeBranch(_orders, transaction.Id);
        transaction.Hold(orders);
        losing.LosesOneAndThenKnowsNothing = true;
        await Assert.ThrowsAsync<RequestRefusedException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        losing.LosesOneAndThenKnowsNothing = false;
        await transaction.DisposeAsync();
        Assert.True(orders.IsDisposed && orders.FinishedAs is null && _orders.IsPrepared(orders.Name));
        Assert.Equal(Outcome.Committed, (await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task Leaving_without_a_commit_undoes_what_is_held()
    {
        await using var rig = await StartAsync();
        FakeBranch orders;
        TransactionId id;
        await using (var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            id = transaction.Id;
            orders = new FakeBranch(_orders, id);
            transaction.Hold(orders);
        }

        Assert.Equal((Outcome.Aborted, true), (orders.FinishedAs, orders.IsDisposed));
        Assert.Equal(Outcome.Aborted, (await rig.Client.GetAsync(id, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task A_deadline_that_passed_before_the_commit_undoes_what_is_prepared()
    {
        await using var rig = await StartAsync();
        var begin = new BeginOptions { Timeout = TimeSpan.FromMilliseconds(50) };
        await using var transaction = await rig.Client.BeginAsync(begin, TestContext.Current.CancellationToken);
        var orders = new FakeBranch(_orders, transaction.Id)
        {
            BeforePrepare = () => rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30)),
        };
        transaction.Hold(orders);
        await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Outcome.Aborted, _orders.Finished(orders.Name));
    }

    [Fact]
    public async Task Nothing_joins_a_transaction_that_is_over()
    {
        await using var rig = await StartAsync();
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Throws<InvalidOperationException>(() => transaction.Hold(new FakeBranch(_orders, transaction.Id)));
    }

    private async Task<ResourceRig> StartAsync(bool sweeping = false, Losing? losing = null, TimeSpan retryBudget = default)
    {
        var rig = await ResourceRig.StartAsync(
            sweeping,
            client =>
            {
                client.Services.Configure<ConcordatClientOptions>(o => o.RetryBudget = losing is null ? o.RetryBudget : retryBudget);
                if (losing is not null)
                {
                    client.Http.AddHttpMessageHandler(() => losing);
                }
            },
            _orders,
            _billing);
        await rig.Client.PutResourceAsync("orders", _orders.Identity, TestContext.Current.CancellationToken);
        await rig.Client.PutResourceAsync("billing", _billing.Identity, TestContext.Current.CancellationToken);
        return rig;
    }
}
