using System.Diagnostics;
using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Delivery;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Bench;

/// <summary>How long a log of a million transactions, a tenth of them unfinished, takes to open.</summary>
internal static class RecoveryBench
{
    internal static async Task RunAsync(string directory, int finished, int unfinished)
    {
        var path = Path.Combine(directory, "recovery");
        await WriteAsync(path, finished, new NoOpParticipants());
        await WriteAsync(path, unfinished, new Forgetful());
        var size = Directory.EnumerateFiles(path).Sum(file => new FileInfo(file).Length);
        var watch = Stopwatch.StartNew();
        using var engine = new CoordinatorEngine(new EngineOptions(), new FileLogStorage(path), new Forgetful(), NullLogger.Instance, EngineBench.Die);
        engine.Start();
        await engine.Ready;
        var counts = engine.Counts;
        Console.WriteLine(FormattableString.Invariant(
            $"recovery: a log of {finished + unfinished} transactions ({size / 1e6:0} MB) is open after {watch.Elapsed.TotalSeconds:0.00} s: {counts.Open} unfinished, {counts.History} in history"));
    }

    private static async Task WriteAsync(string path, int count, ICallSender participants)
    {
        Directory.CreateDirectory(path);
        using var engine = new CoordinatorEngine(new EngineOptions(), new FileLogStorage(path), participants, NullLogger.Instance, EngineBench.Die);
        await EngineBench.OpenAsync(engine);
        var left = count;
        await Task.WhenAll(Enumerable.Range(0, 512).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await EngineBench.RunOneAsync(engine);
            }
        })));
        await engine.StopAsync(TimeSpan.Zero);
    }

    /// <summary>Yes to every prepare, silence to every commit.</summary>
    private sealed class Forgetful : ICallSender
    {
        public void Send(OutgoingCall call, Action<CallEnded> report)
        {
            if (call is Call { Kind: CallKind.Prepare })
            {
                report(new CallEnded(call.Key, new Voted(Vote.Yes, null, null)));
            }
        }

        public void Cancel(CallKey key)
        {
        }
    }
}
