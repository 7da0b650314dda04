using System.Diagnostics;
using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace Concordat.Bench;

/// <summary>
/// The engine in process, with two no-op participants and the real log, against appending the same bytes straight to the same
/// kind of log: as many records of the same size, by as many appenders, one forced wait per transaction.
/// </summary>
internal static class EngineBench
{
    internal static async Task RunAsync(string directory, TimeSpan each, int[] levels)
    {
        Console.WriteLine("engine in process, two no-op participants, real log; against the same bytes straight to the log");
        Console.WriteLine($"{"concurrent",10} {"engine tx/s",12} {"log tx/s",12} {"ratio",7} {"bytes/tx",9} {"syncs/tx",9} {"alloc/tx",9} {"cpu µs/tx",9}");
        foreach (var concurrency in levels)
        {
            var engine = await MeasureEngineAsync(Path.Combine(directory, $"engine-{concurrency}"), concurrency, each);
            var log = await MeasureLogAsync(Path.Combine(directory, $"log-{concurrency}"), concurrency, each, engine.BytesPerTransaction);
            Console.WriteLine($"{concurrency,10} {engine.PerSecond,12:0} {log,12:0} {engine.PerSecond / log,7:0.00} {engine.BytesPerTransaction,9:0} {engine.SyncsPerTransaction,9:0.000} {engine.AllocatedPerTransaction,9:0} {engine.CpuPerTransaction.TotalMicroseconds,9:0.00}");
        }
    }

    internal static async Task<CoordinatorEngine> StartAsync(string directory, EngineOptions? options = null)
    {
        Directory.CreateDirectory(directory);
        var engine = new CoordinatorEngine(options ?? new EngineOptions(), new FileLogStorage(directory), new NoOpParticipants(), NullLogger.Instance, Die);
        await OpenAsync(engine);
        return engine;
    }

    /// <summary>Starts it and registers participants "a" and "b", which inquire.</summary>
    internal static async Task OpenAsync(CoordinatorEngine engine)
    {
        engine.Start();
        await engine.Ready;
        foreach (var name in (string[])["a", "b"])
        {
            await engine.AskAsync(caller => new PutParticipantInput(caller, name, "http://127.0.0.1:1", new ParticipantFlags(OnePhase: false, Inquires: true)));
        }
    }

    internal static TransactionSpec NewTransfer() => new()
    {
        Timeout = TimeSpan.FromMinutes(10),
        Name = new string("transfer"),
        Branches =
        [
            new BranchSpec(new string("a"), """[{"type":"debit","resource":"alice","data":{"amount":100}}]"""u8.ToArray()),
            new BranchSpec(new string("b"), """[{"type":"credit","resource":"bob","data":{"amount":100}}]"""u8.ToArray()),
        ],
    };

    private static readonly TransactionSpec Transfer = NewTransfer();

    private static async Task<EngineFigures> MeasureEngineAsync(string directory, int concurrency, TimeSpan each)
    {
        using var engine = await StartAsync(directory);
        await LoadAsync(concurrency, each / 4, () => RunOneAsync(engine));
        var before = engine.Counts;
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var done = await LoadAsync(concurrency, each, () => RunOneAsync(engine));
        var seconds = watch.Elapsed.TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var after = engine.Counts;
        await engine.StopAsync(TimeSpan.FromSeconds(10));
        return new EngineFigures(
            done / seconds,
            (after.LogBytesAppended - before.LogBytesAppended) / (double)done,
            (after.LogSyncs - before.LogSyncs) / (double)done,
            allocated / (double)done,
            cpu / done);
    }

    internal static async Task RunOneAsync(CoordinatorEngine engine)
    {
        var response = await engine.AskAsync(static caller => new BeginInput(caller, BeginMode.Run, Transfer));
        if (response is not TransactionResponse { Document.Outcome: Outcome.Committed })
        {
            throw new InvalidOperationException($"not committed: {response}");
        }
    }

    /// <summary>Three records per transaction, of a third of the bytes each; one wait for durability.</summary>
    private static async Task<double> MeasureLogAsync(string directory, int concurrency, TimeSpan each, double bytesPerTransaction)
    {
        Directory.CreateDirectory(directory);
        var log = WriteAheadLog.Open(new FileLogStorage(directory), new EngineOptions().Log, (_, _, _) => { });
        using var waiters = new DurableWaiters();
        using var driver = new LogDriver(log, new LogDriverOptions { OnDurable = waiters.Release, OnFailure = Die });
        waiters.Driver = driver;
        var payload = new byte[Math.Max(8, (int)(bytesPerTransaction / 3) - LogFormat.FrameBytes(0))];
        await LoadAsync(concurrency, each / 4, () => waiters.AppendAsync(log, payload));
        var watch = Stopwatch.StartNew();
        var done = await LoadAsync(concurrency, each, () => waiters.AppendAsync(log, payload));
        return done / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Keeps so many under way for so long; returns how many were done.</summary>
    internal static async Task<long> LoadAsync(int concurrency, TimeSpan time, Func<Task> one)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        long done = 0;
        var workers = new Task[concurrency];
        for (var i = 0; i < concurrency; i++)
        {
            workers[i] = Task.Run(async () =>
            {
                while (Stopwatch.GetTimestamp() < end)
                {
                    await one();
                    Interlocked.Increment(ref done);
                }
            });
        }

        await Task.WhenAll(workers);
        return done;
    }

    internal static void Die(Exception e)
    {
        Console.Error.WriteLine(e);
        Environment.Exit(1);
    }

    private sealed record EngineFigures(double PerSecond, double BytesPerTransaction, double SyncsPerTransaction, double AllocatedPerTransaction, TimeSpan CpuPerTransaction);
}
