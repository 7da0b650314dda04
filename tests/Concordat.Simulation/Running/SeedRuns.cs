using System.Diagnostics;

namespace Concordat.Simulation;

/// <summary>Many seeds, on several threads; each run itself stays on one.</summary>
public sealed class SeedRuns(SimulationOptions options)
{
    /// <summary>One seed of so many is run twice, and must leave the same trace.</summary>
    private const int TwiceEvery = 100;

    private readonly Lock _gate = new();
    private readonly List<(ulong Seed, string Broken)> _failures = [];
    private long _next, _seeds, _events, _transactions, _participants, _faults;

    /// <summary>What the runs have reached, added up when they end.</summary>
    public Coverage Coverage { get; } = new();

    /// <summary>How many failures end the runs.</summary>
    public int MostFailures { get; init; } = 1;

    /// <summary>Looks at the end of each run, on the run's thread; a text is a failure.</summary>
    public Func<SimulationResult, string?> AlsoCheck { get; init; } = _ => null;

    /// <summary>The seeds that broke something, and what.</summary>
    public IReadOnlyList<(ulong Seed, string Broken)> Failures
    {
        get
        {
            lock (_gate)
            {
                return [.. _failures];
            }
        }
    }

    public long Seeds => Volatile.Read(ref _seeds);

    public long Events => Volatile.Read(ref _events);

    public long Transactions => Volatile.Read(ref _transactions);

    public long Participants => Volatile.Read(ref _participants);

    public long Faults => Volatile.Read(ref _faults);

    public TimeSpan Elapsed { get; private set; }

    /// <summary>Runs <paramref name="count"/> seeds beginning with <paramref name="from"/>, or fewer where enough have failed.</summary>
    /// <param name="progress">Called about twice a second on the caller's thread.</param>
    public void Run(ulong from, long count, int threads, Action progress, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var watch = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads)
            .Select(_ => new Thread(() => Work(from, count, cancellationToken)) { IsBackground = true, Name = "simulation" })
            .ToList();
        workers.ForEach(w => w.Start());
        while (!workers.TrueForAll(w => w.Join(TimeSpan.FromMilliseconds(500 / threads))))
        {
            Elapsed = watch.Elapsed;
            progress();
        }

        Elapsed = watch.Elapsed;
    }

    private void Work(ulong from, long count, CancellationToken cancellationToken)
    {
        var coverage = new Coverage();
        while (!cancellationToken.IsCancellationRequested && Failures.Count < MostFailures && Interlocked.Increment(ref _next) - 1 is var place && place < count)
        {
            Run(from + (ulong)place, coverage);
        }

        lock (_gate)
        {
            Coverage.Add(coverage);
        }
    }

    private void Run(ulong seed, Coverage coverage)
    {
        var result = Simulator.Run(seed, options, coverage);
        var broken = result.Violation?.Message ?? AlsoCheck(result);
        if (broken is null && seed % TwiceEvery == 0 && Simulator.Run(seed, options, coverage).Hash != result.Hash)
        {
            broken = "determinism: run a second time it went another way";
        }

        Interlocked.Increment(ref _seeds);
        Interlocked.Add(ref _events, result.Events);
        Interlocked.Add(ref _transactions, result.Transactions);
        Interlocked.Add(ref _participants, result.Participants);
        Interlocked.Add(ref _faults, result.Faults);
        if (broken is not null)
        {
            lock (_gate)
            {
                _failures.Add((seed, broken));
            }
        }
    }
}
