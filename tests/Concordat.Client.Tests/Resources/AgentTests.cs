using System.Diagnostics.Metrics;
using Concordat.Client.Resources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Concordat.Client.Tests.Resources;

public sealed class AgentTests
{
    private readonly FakeResource _orders = new("orders");

    [Fact]
    public async Task An_agent_finishes_what_is_left_over_without_being_asked()
    {
        await using var rig = await ResourceRig.StartAsync(sweeping: true, _orders);
        await Wait.UntilAsync(() => _orders.Listings > 0, "the first sweep");
        var transaction = await rig.BeginAsync();
        _orders.Prepare($"{transaction}/borders");
        await rig.CommitAsync(transaction, withEvidence: true, _orders);
        await Wait.UntilAsync(() => _orders.Finished($"{transaction}/borders") == Outcome.Committed, "the branch is committed");
        var ended = await rig.Client.WaitAsync(TransactionId.Parse(transaction), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(TransactionState.Committed, ended.State);
        Assert.NotNull(Assert.Single(rig.Agents.All).Last);
    }

    /// <summary>The coordinator names a thousand at a time.</summary>
    [Fact]
    public async Task Who_has_more_left_over_than_one_sweep_is_told_of_does_not_wait_for_the_next_interval()
    {
        const int Branches = 1500;
        await using var rig = await ResourceRig.StartAsync(sweeping: false, _orders);
        await rig.SweeperOf(_orders).SweepAsync(TestContext.Current.CancellationToken);
        await Parallel.ForAsync(0, Branches, TestContext.Current.CancellationToken, async (_, _) =>
        {
            var transaction = await rig.BeginAsync();
            _orders.Prepare($"{transaction}/borders");
            await rig.CommitAsync(transaction, withEvidence: true, _orders);
        });
        using var agent = new ResourceAgent(
            _orders, rig.SweeperOf(_orders), TimeSpan.FromHours(1), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = agent.RunAsync(stop.Token);
        await Wait.UntilAsync(() => agent.Last is { Prepared.Count: 0, More: false, Reported: Branches - 1000 }, "the second sweep ends the rest");
        await stop.CancelAsync();
        await running;
        Assert.Empty((await rig.Client.ListAsync(new TransactionQuery { State = TransactionState.Committing }, TestContext.Current.CancellationToken)).Items);
    }

    [Fact]
    public async Task A_database_that_is_away_is_shown_and_swept_again_when_it_is_back()
    {
        _orders.Before = (_, _) => throw new InvalidOperationException("connection refused");
        await using var rig = await ResourceRig.StartAsync(sweeping: true, _orders);
        var agent = Assert.Single(rig.Agents.All);
        await Wait.UntilAsync(() => agent.LastFailure is not null, "the failure is shown");
        Assert.Null(agent.Last);
        _orders.Before = (_, _) => { };
        agent.SweepSoon();
        await Wait.UntilAsync(() => agent.Last is not null && agent.LastFailure is null, "it is swept");
    }

    [Fact]
    public async Task What_is_left_prepared_is_a_metric_by_resource_and_class()
    {
        _orders.Prepare("somebody-elses");
        await using var rig = await ResourceRig.StartAsync(sweeping: true, _orders);
        _orders.Prepare($"{await rig.BeginAsync()}/borders");
        var agent = Assert.Single(rig.Agents.All);
        await Wait.UntilAsync(() => agent.Last?.Prepared.Count == 2, "both are found");
        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, on) =>
        {
            if (instrument.Name.StartsWith("concordat.resource.", StringComparison.Ordinal))
            {
                on.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(1, measured["concordat.resource.prepared orders foreign"]);
        Assert.Equal(1, measured["concordat.resource.prepared orders pending"]);
        Assert.Equal(60, measured["concordat.resource.prepared.oldest_age orders"]);

        // Other tests have their own agents, and databases of the same name, on meters of the same name.
        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (ReferenceEquals(instrument.Meter.Scope, rig.Meters))
            {
                measured[string.Join(' ', [instrument.Name, .. tags.ToArray().Select(t => (string)t.Value!)])] = value;
            }
        }
    }

    [Fact]
    public void A_name_is_one_database()
    {
        var client = new ServiceCollection().AddLogging().AddConcordatClient().AddResource("orders", _ => _orders);
        var refused = Assert.Throws<ArgumentException>(() => client.AddResource("orders", _ => new FakeResource("orders")));
        Assert.Contains("'orders'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    [InlineData(3_600_001)]
    public void An_interval_out_of_range_is_refused_when_the_host_starts(int milliseconds)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddConcordatClient().AddResource("orders", _ => _orders, o => o.Interval = TimeSpan.FromMilliseconds(milliseconds));
        using var provider = services.BuildServiceProvider();
        Assert.Throws<OptionsValidationException>(provider.GetRequiredService<ResourceAgents>);
    }
}
