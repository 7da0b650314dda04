using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Delivery;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Bench;

/// <summary>The engine's heap after a full collection: per transaction in flight, and with its history full and turning over.</summary>
internal static class MemoryBench
{
    private const int InFlight = 100_000;
    private const int History = 100_000;

    internal static async Task RunAsync(string directory)
    {
        await InFlightAsync(Path.Combine(directory, "in-flight"));
        await HistoryAsync(Path.Combine(directory, "history"));
    }

    private static async Task InFlightAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        using var engine = new CoordinatorEngine(new EngineOptions(), new FileLogStorage(directory), new SilentParticipants(), NullLogger.Instance, EngineBench.Die);
        await EngineBench.OpenAsync(engine);
        var before = Heap();
        await BeginAsync(engine, InFlight);
        Console.WriteLine($"memory: {(Heap() - before) / (double)InFlight:0} bytes per two-branch transaction, {engine.Counts.Undecided} in flight");
    }

    private static async Task HistoryAsync(string directory)
    {
        var options = new EngineOptions { Coordinator = new CoordinatorOptions { RetentionCount = History } };
        using var engine = await EngineBench.StartAsync(directory, options);
        var before = Heap();
        foreach (var total in (int[])[100_000, 200_000, 300_000, 400_000, 500_000])
        {
            await BeginAsync(engine, 100_000);
            while (engine.Counts.Committed < total)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }

            Console.WriteLine($"memory: {(Heap() - before) / 1e6:0.0} MB after {total} transactions, {engine.Counts.History} of them in history");
        }
    }

    private static async Task BeginAsync(CoordinatorEngine engine, int count)
    {
        for (var begun = 0; begun < count; begun += 1000)
        {
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
            {
                // Each transaction has its own strings and bytes, as requests do.
                var spec = EngineBench.NewTransfer();
                var response = await engine.AskAsync(caller => new BeginInput(caller, BeginMode.RunInBackground, spec));
                if (response is not TransactionResponse)
                {
                    throw new InvalidOperationException($"not accepted: {response}");
                }
            }));
        }
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    private sealed class SilentParticipants : ICallSender
    {
        public void Send(OutgoingCall call, Action<CallEnded> report)
        {
        }

        public void Cancel(CallKey key)
        {
        }
    }
}
