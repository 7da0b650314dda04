using System.Diagnostics.Metrics;
using System.Transactions;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Scopes;

/// <summary>The coordinator stops and starts again, at each moment of a scope. Each test has one of its own.</summary>
public sealed class ScopeOutageTests
{
    [Fact]
    public async Task Restarted_between_prepare_and_decision_it_aborts()
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator);
        var scope = rig.Client.CreateScope();
        var driver = FakeDriver.Open(onPrepare: coordinator.Restart);
        scope.Complete();
        var aborted = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.IsType<TransactionRolledBackException>(aborted.InnerException);
        Assert.Equal(["driver prepare", "driver rollback"], driver.Heard);
    }

    [Fact]
    public async Task I6_restarted_after_the_decision_it_commits()
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.LoseTheAnswer(ScopeRig.Commit, meanwhile: coordinator.Restart);
        var scope = rig.Client.CreateScope();
        var driver = FakeDriver.Open();
        scope.Complete();
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        Assert.Equal(Outcome.Committed, rig.Look(scope).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AC5_down_for_a_while_the_scope_waits_and_gets_the_outcome_when_it_is_back(bool decided)
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator);
        var (scope, driver) = GoesDown(coordinator, rig, decided);
        var disposal = ScopeRig.OnAThreadAsync(scope.Dispose);
        await Wait.UntilAsync(() => rig.Client.WaitingScopes.Count == 1, "the scope waits");
        Assert.False(disposal.IsCompleted);
        await coordinator.StartAsync();
        if (decided)
        {
            await Wait.ForAsync(Done(disposal), "the scope commits");
            Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        }
        else
        {
            await Assert.ThrowsAsync<TransactionAbortedException>(() => disposal);
            Assert.Equal(["driver prepare", "driver rollback"], driver.Heard);
        }

        Assert.Equal(default, rig.Client.WaitingScopes);
    }

    [Fact]
    public async Task Scopes_that_wait_are_counted_and_shown_with_the_time_since_when()
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator);
        using var metrics = new Metrics(rig);
        Assert.Equal(default, rig.Client.WaitingScopes);
        Assert.Equal((0, 0), (metrics.Read("concordat.client.scopes.waiting"), metrics.Read("concordat.client.scopes.oldest_wait")));

        var before = DateTimeOffset.UtcNow;
        var (scope, _) = GoesDown(coordinator, rig, decided: true);
        var disposal = ScopeRig.OnAThreadAsync(scope.Dispose);
        await Wait.UntilAsync(() => rig.Client.WaitingScopes.Count == 1, "the scope waits");
        Assert.InRange(rig.Client.WaitingScopes.Since!.Value, before, DateTimeOffset.UtcNow);
        Assert.Equal(1, metrics.Read("concordat.client.scopes.waiting"));
        Assert.True(metrics.Read("concordat.client.scopes.oldest_wait") > 0);

        await coordinator.StartAsync();
        await Wait.ForAsync(Done(disposal), "the scope commits");
        Assert.Equal((0, 0), (metrics.Read("concordat.client.scopes.waiting"), metrics.Read("concordat.client.scopes.oldest_wait")));
    }

    [Fact]
    public async Task While_a_scope_has_been_waiting_for_too_long_no_other_is_begun_and_nobody_is_asked()
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator, o => o.ScopeWaitLimit = TimeSpan.FromMilliseconds(1));
        var (scope, _) = GoesDown(coordinator, rig, decided: true);
        var disposal = ScopeRig.OnAThreadAsync(scope.Dispose);
        await Wait.UntilAsync(() => DateTimeOffset.UtcNow - rig.Client.WaitingScopes.Since > TimeSpan.FromMilliseconds(1), "the scope waits beyond the limit");
        var begins = rig.Wire.Count(ScopeRig.Begin);
        var refused = Assert.Throws<CoordinatorUnreachableException>(() => rig.Client.CreateScope());
        Assert.True(refused.IsTransient);
        Assert.Contains("ScopeWaitLimit", refused.Message, StringComparison.Ordinal);
        Assert.Equal(begins, rig.Wire.Count(ScopeRig.Begin));

        await coordinator.StartAsync();
        await Wait.ForAsync(Done(disposal), "the scope commits");
        rig.Client.CreateScope().Dispose();
    }

    [Fact]
    public async Task It_asks_on_when_the_services_of_the_host_are_gone_and_when_its_thread_is_interrupted()
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator);
        var (scope, driver) = GoesDown(coordinator, rig, decided: true);
        var thread = new Thread(scope.Dispose) { IsBackground = true };
        thread.Start();
        await Wait.UntilAsync(() => rig.Client.WaitingScopes.Count == 1, "the scope waits");
        await rig.Services.DisposeAsync();
        thread.Interrupt();
        var asked = rig.Wire.Count(ScopeRig.Commit);
        await Wait.UntilAsync(() => rig.Wire.Count(ScopeRig.Commit) > asked + 1, "it asks again, twice");
        await coordinator.StartAsync();
        await Wait.UntilAsync(() => driver.Heard is ["driver prepare", "driver commit"], "the driver is told to commit");
        await Wait.UntilAsync(() => !thread.IsAlive, "the scope is disposed");
    }

    [Fact]
    public async Task Down_when_a_scope_is_left_nobody_waits()
    {
        await using var coordinator = await StartAsync();
        await using var rig = new ScopeRig(coordinator);
        var scope = rig.Client.CreateScope();
        var driver = FakeDriver.Open();
        await coordinator.StopAsync();
        scope.Dispose();
        Assert.Equal(["driver rollback"], driver.Heard);
        Assert.Equal(0, rig.Client.WaitingScopes.Count);
    }

    private static async Task<InProcessCoordinator> StartAsync()
    {
        var coordinator = new InProcessCoordinator();
        await coordinator.InitializeAsync();
        return coordinator;
    }

    /// <summary>A scope whose coordinator goes down after its decision, of which nobody has heard, or before it.</summary>
    private static (ConcordatScope Scope, FakeDriver Driver) GoesDown(InProcessCoordinator coordinator, ScopeRig rig, bool decided)
    {
        void Stop() => Task.Run(coordinator.StopAsync).Wait();
        if (decided)
        {
            rig.Wire.LoseTheAnswer(ScopeRig.Commit, meanwhile: Stop);
        }

        var scope = rig.Client.CreateScope();
        var driver = FakeDriver.Open(onPrepare: decided ? null : Stop);
        scope.Complete();
        return (scope, driver);
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }

    /// <summary>The metrics of one client.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, double> _values = [];

        public Metrics(ScopeRig rig)
        {
            var factory = rig.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ScopeTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _values[instrument.Name] = value);
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => _values[instrument.Name] = value);
            _listener.Start();
        }

        public double Read(string name)
        {
            _listener.RecordObservableInstruments();
            return _values[name];
        }

        public void Dispose() => _listener.Dispose();
    }
}
