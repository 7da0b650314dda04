namespace Concordat.Client.Tests.Resources;

/// <summary>Markers of branches go when nobody will ask for them any more, and not before (Concordat.Core, Forgetting).</summary>
public sealed class MarkerTests
{
    private readonly FakeResource _stock = new("stock");
    private readonly FakeResource _orders = new("orders");

    [Fact]
    public async Task A_marker_goes_when_the_end_of_its_transaction_is_durable_and_not_while_another_branch_is_awaited()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _stock, _orders);
        await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
        await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        var transaction = await rig.BeginAsync();
        _stock.Prepare($"{transaction}/bstock");
        _orders.Prepare($"{transaction}/borders");
        await rig.CommitAsync(transaction, withEvidence: true, _stock, _orders);

        var sweep = await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal((1, 1, 0), (sweep.Finished, sweep.Reported, sweep.Forgotten));
        Assert.Equal([$"{transaction}/bstock"], _stock.Markers);

        await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal("committed", await rig.StateOfAsync(transaction));
        var forgotten = 0;
        await Wait.UntilAsync(
            async () =>
            {
                await rig.ForceAsync();
                forgotten += (await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken)).Forgotten;
                return _stock.Markers.Count == 0;
            },
            "the end is durable, and the marker gone");
        Assert.Equal(1, forgotten);
    }

    [Fact]
    public async Task What_stays_is_passed_over_page_by_page_and_a_sweep_does_not_fail_for_it()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _stock);
        var live = await rig.BeginAsync();
        string[] kept = [$"{new TransactionId(1, 2, 3)}/foreign", $"{new TransactionId(1, 2, 4)}/foreign", $"{new TransactionId(1, 2, 5)}/foreign", $"{live}/live"];
        _stock.Markers.UnionWith(kept);
        var sweep = await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (sweep.Forgotten, sweep.Failures.Count));
        Assert.Equal(kept.Order(StringComparer.Ordinal), _stock.Markers);
    }

    [Fact]
    public async Task Markers_that_cannot_be_listed_fail_nothing_else()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _stock);
        _stock.Before = (what, branch) => _ = what == "list markers" ? throw new InvalidOperationException("no right to") : branch;
        var sweep = await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("markers", "no right to"), (Assert.Single(sweep.Failures).Branch, sweep.Failures[0].Cause.Message));
    }

    /// <summary>Two sweeps at once, of which one has reported the branch and removed its marker when the other comes to ask.</summary>
    [Fact]
    public async Task A_marker_that_another_sweep_has_removed_is_no_rollback()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _stock);
        await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
        var transaction = await rig.BeginAsync();
        _stock.Prepare($"{transaction}/bstock");
        await rig.CommitAsync(transaction, withEvidence: true, _stock);
        var other = true;
        _stock.Before = (what, branch) =>
        {
            if (what == "fate" && other)
            {
                other = false;
                Task.Run(async () =>
                {
                    await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
                    await Wait.UntilAsync(
                        async () =>
                        {
                            await rig.ForceAsync();
                            await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
                            return _stock.Markers.Count == 0;
                        },
                        "the end is durable, and the marker gone");
                    _stock.Lose($"{transaction}/bstock");
                }).GetAwaiter().GetResult();
            }
        };
        var sweep = await rig.SweeperOf(_stock).SweepAsync(TestContext.Current.CancellationToken);
        Assert.False(other);
        Assert.Equal((0, 0), (sweep.Reported, sweep.Failures.Count));
        Assert.Equal("committed", await rig.StateOfAsync(transaction));
    }
}
