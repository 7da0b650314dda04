using System.Collections.Concurrent;
using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Concordat.Server.Tests.Engine.Support;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Tests.Engine;

/// <summary>What people see of locks: counts, and deadlocks in the log.</summary>
public sealed class LockObservingTests : IDisposable
{
    private readonly Lines _lines = new();
    private readonly EngineRun _run;

    public LockObservingTests() => _run = new EngineRun(new MemoryLogStorage(), logger: _lines);

    [Fact]
    public async Task A_deadlock_is_counted_and_the_log_names_every_wait_of_its_cycle()
    {
        await _run.StartAsync();
        var (elder, younger) = (await OpenAsync(), await OpenAsync());
        await LockAsync(elder, "a", TimeSpan.Zero);
        await LockAsync(younger, "b", TimeSpan.Zero);
        var waiting = _run.Engine.AskAsync(c => new LockInput(c, elder, [new("b", LockMode.Exclusive)], TimeSpan.FromMinutes(1)));
        await Eventually.Is("the elder waits", () => _run.Engine.Counts.LocksWaiting == 1);
        Assert.Equal(2, _run.Engine.Counts.LocksHeld);
        var victim = Assert.IsType<ProblemResponse>(await LockAsync(younger, "a", TimeSpan.FromMinutes(1)));
        Assert.Equal(ProblemKind.Deadlock, victim.Kind);
        await Eventually.Comes("the elder's lock", waiting);

        await Eventually.Is("it is counted", () => _run.Engine.Counts is { Deadlocks: 1, LocksWaiting: 0, LocksHeld: 2 });
        var line = Assert.Single(_lines.All, text => text.Contains("deadlock", StringComparison.OrdinalIgnoreCase));
        Assert.Contains($"{elder} waits for b held by {younger}", line, StringComparison.Ordinal);
        Assert.Contains($"{younger} waits for a held by {elder}", line, StringComparison.Ordinal);
        Assert.Contains($"{younger}, aborts", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_long_a_lock_was_waited_for_is_counted_of_who_had_to_wait()
    {
        await _run.StartAsync();
        var (first, second) = (await OpenAsync(), await OpenAsync());
        await LockAsync(first, "a", TimeSpan.Zero);
        var waiting = _run.Engine.AskAsync(c => new LockInput(c, second, [new("a", LockMode.Exclusive)], TimeSpan.FromMinutes(1)));
        await Eventually.Is("the second waits", () => _run.Engine.Counts.LocksWaiting == 1);
        Assert.Equal(0, _run.Engine.Counts.LockWaits.Count);
        await _run.Ask(c => new RollbackInput(c, first));
        await Eventually.Comes("the lock", waiting);
        await Eventually.Is("it is counted", () => _run.Engine.Counts.LockWaits.Count == 1);
        Assert.True(_run.Engine.Counts.LockWaits.SumSeconds > 0);
    }

    private async Task<TransactionId> OpenAsync() =>
        ((TransactionResponse)await _run.Ask(c => new BeginInput(c, BeginMode.Open, new TransactionSpec { Timeout = TimeSpan.FromMinutes(1) }))).Document.Id;

    private Task<Response> LockAsync(TransactionId id, string key, TimeSpan wait) => _run.Ask(c => new LockInput(c, id, [new(key, LockMode.Exclusive)], wait));

    public void Dispose() => _run.Dispose();

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));
    }
}
