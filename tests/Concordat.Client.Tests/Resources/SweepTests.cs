namespace Concordat.Client.Tests.Resources;

/// <summary>One sweep after the other, by hand, against the real coordinator.</summary>
public sealed class SweepTests
{
    private readonly FakeResource _orders = new("orders");
    private readonly FakeResource _billing = new("billing");

    [Fact]
    public async Task A_resource_that_the_coordinator_does_not_know_is_registered_by_its_first_sweep()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        var sweep = await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Empty(sweep.Prepared);
        Assert.Contains("fake:orders", await rig.Http.GetStringAsync("/v1/resources/orders", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_dead_process_left_prepared_is_finished_as_its_transaction_was_decided()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders, _billing);
        await Register(rig);
        var committed = await rig.BeginAsync();
        _orders.Prepare($"{committed}/borders");
        _billing.Prepare($"{committed}/bbilling");
        await rig.CommitAsync(committed, withEvidence: true, _orders, _billing);
        var aborted = await rig.BeginAsync();
        _orders.Prepare($"{aborted}/1");
        await rig.PostAsync($"/v1/transactions/{aborted}/rollback", "{}");
        var running = await rig.BeginAsync();
        _orders.Prepare($"{running}/1");
        _orders.Prepare("somebody's");

        var sweep = await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            new Dictionary<string, PreparedClass>(StringComparer.Ordinal)
            {
                [$"{committed}/borders"] = PreparedClass.Committed,
                [$"{aborted}/1"] = PreparedClass.Aborted,
                [$"{running}/1"] = PreparedClass.Pending,
                ["somebody's"] = PreparedClass.Foreign,
            },
            sweep.Prepared.ToDictionary(p => p.Branch.Name, p => p.Class, StringComparer.Ordinal));
        Assert.Equal((Outcome.Committed, Outcome.Aborted), (_orders.Finished($"{committed}/borders"), _orders.Finished($"{aborted}/1")));
        Assert.True(_orders.IsPrepared($"{running}/1") && _orders.IsPrepared("somebody's"));

        Assert.Equal("committing", await rig.StateOfAsync(committed));
        Assert.Equal(1, (await rig.SweeperOf(_billing).SweepAsync(TestContext.Current.CancellationToken)).Reported);
        Assert.Equal("committed", await rig.StateOfAsync(committed));
    }

    [Fact]
    public async Task Without_evidence_a_branch_ends_when_the_next_listing_does_not_show_it()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        await Register(rig);
        var transaction = await rig.BeginAsync();
        _orders.Prepare($"{transaction}/4711");
        await rig.CommitAsync(transaction, withEvidence: false, _orders);
        var first = await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (first.Finished, first.Done));
        Assert.Equal("committing", await rig.StateOfAsync(transaction));
        var second = await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, 1), (second.Finished, second.Done));
        Assert.Equal("committed", await rig.StateOfAsync(transaction));
    }

    [Fact]
    public async Task A_branch_that_cannot_be_finished_keeps_nobody_else_waiting_and_is_tried_again()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        await Register(rig);
        string[] transactions = [await rig.BeginAsync(), await rig.BeginAsync()];
        foreach (var transaction in transactions)
        {
            _orders.Prepare($"{transaction}/borders");
            await rig.CommitAsync(transaction, withEvidence: true, _orders);
        }

        _orders.Before = (what, branch) =>
        {
            if (what == "finish" && branch.StartsWith(transactions[0], StringComparison.Ordinal))
            {
                throw new InvalidOperationException("lock timeout");
            }
        };
        var sweep = await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(($"{transactions[0]}/borders", "lock timeout"), (Assert.Single(sweep.Failures).Branch, sweep.Failures[0].Cause.Message));
        Assert.Equal(Outcome.Committed, _orders.Finished($"{transactions[1]}/borders"));

        _orders.Before = (_, _) => { };
        Assert.Equal(1, (await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken)).Finished);
        Assert.Equal(Outcome.Committed, _orders.Finished($"{transactions[0]}/borders"));
    }

    [Fact]
    public async Task What_somebody_rolled_back_by_hand_against_the_decision_is_a_hazard()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        await Register(rig);
        var transaction = await rig.BeginAsync();
        _orders.Prepare($"{transaction}/borders");
        await rig.CommitAsync(transaction, withEvidence: true, _orders);
        await _orders.FinishAsync($"{transaction}/borders", Outcome.Aborted, TestContext.Current.CancellationToken);
        await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        var document = await rig.Http.GetStringAsync($"/v1/transactions/{transaction}", TestContext.Current.CancellationToken);
        Assert.Contains("\"hazard\"", document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_database_under_the_same_name_is_refused_and_nothing_there_is_touched()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        await Register(rig);
        var transaction = await rig.BeginAsync();
        await rig.CommitAsync(transaction, withEvidence: false, _orders);
        var impostor = new FakeResource("orders") { Identity = "fake:elsewhere" };
        impostor.Prepare($"{transaction}/1");
        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => rig.SweeperOf(impostor).SweepAsync(TestContext.Current.CancellationToken));
        Assert.Equal("/problems/other-database", refused.Type);
        Assert.True(impostor.IsPrepared($"{transaction}/1"));
        Assert.Equal("committing", await rig.StateOfAsync(transaction));
    }

    /// <summary>I10: what is prepared between the listing and the question runs at the coordinator.</summary>
    [Fact]
    public async Task The_database_is_listed_before_the_coordinator_is_asked()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        await Register(rig);
        var steps = new List<string>();
        _orders.Before = (what, _) => steps.Add(what);
        var late = await rig.BeginAsync();
        _orders.Prepare($"{late}/1");
        var sweep = await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(PreparedClass.Pending, Assert.Single(sweep.Prepared).Class);
        Assert.Equal(["identify", "list", "list markers"], steps);
    }

    private async Task Register(ResourceRig rig)
    {
        await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        await rig.SweeperOf(_billing).SweepAsync(TestContext.Current.CancellationToken);
    }
}
