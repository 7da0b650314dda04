using Concordat.Core;
using Concordat.Server.Delivery;

namespace Concordat.Server.Tests.Delivery;

public sealed class CallsUnderWayTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_call_that_is_cancelled_just_as_it_ends_has_one_end_and_throws_nothing_at_the_engine()
    {
        const int Calls = 100_000;
        var calls = new CallsUnderWay();
        using var together = new Barrier(2);
        var ends = 0;
        var network = Task.Run(
            () =>
            {
                for (var attempt = 1; attempt <= Calls; attempt++)
                {
                    var timeout = calls.Begin(Key(attempt), Limit);
                    together.SignalAndWait(Limit);
                    ends += calls.End(Key(attempt), timeout) ? 1 : 0;
                }
            },
            TestContext.Current.CancellationToken);
        var engine = Task.Run(
            () =>
            {
                for (var attempt = 1; attempt <= Calls; attempt++)
                {
                    together.SignalAndWait(Limit);
                    calls.Cancel(Key(attempt));
                }
            },
            TestContext.Current.CancellationToken);
        await await Task.WhenAny(network, engine);
        await Task.WhenAll(network, engine);
        Assert.InRange(ends, 0, Calls);
    }

    [Fact]
    public void What_a_cancellation_sets_off_does_not_run_on_the_engines_thread()
    {
        var calls = new CallsUnderWay();
        var timeout = calls.Begin(Key(1), Limit);
        using var ran = new ManualResetEventSlim();
        var engine = Environment.CurrentManagedThreadId;
        var thread = engine;
        using var registration = timeout.Token.Register(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            ran.Set();
            throw new InvalidOperationException("a handler's mistake is not the engine's");
        });

        calls.Cancel(Key(1));

        Assert.True(ran.Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), "the call was not cancelled");
        Assert.NotEqual(engine, thread);
        Assert.False(calls.End(Key(1), timeout));
    }

    private static CallKey Key(int attempt) => new(new TransactionId(1, 1, 1), 0, attempt);
}
