using System.Collections.Concurrent;

namespace Concordat.Simulation;

/// <summary>
/// Kills at every crash point of a scenario; at every pair of them; at every triple. The second crash is tried at every point that the run
/// with the first one passes, in recovery too, and so on.
/// </summary>
public sealed class EveryCrash(CrashScenario scenario, int crashes)
{
    private static readonly TimeSpan _downFor = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private long _runs;

    /// <summary>What was passed and killed at.</summary>
    public Coverage Coverage { get; } = new();

    public long Runs => Volatile.Read(ref _runs);

    /// <summary>Each names the steps at which it was killed, and what broke.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public CrashScenario Scenario { get; } = scenario;

    /// <summary>Runs them all, on several threads.</summary>
    public void Run(int threads)
    {
        var points = Play([], PowerLoss.None, Coverage);
        var firsts = new ConcurrentQueue<(long Step, PowerLoss Loss)>(
            from step in Enumerable.Range(0, (int)points) from loss in Losses select ((long)step, loss));
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            var coverage = new Coverage();
            while (firsts.TryDequeue(out var first))
            {
                From([first.Step], first.Loss, coverage);
            }

            lock (_gate)
            {
                Coverage.Add(coverage);
            }
        })
        { IsBackground = true, Name = "every crash" }).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
    }

    /// <summary>One crash alone is tried with everything that it can leave on a disk; several with the two ends: all of it, and nothing.</summary>
    private PowerLoss[] Losses => crashes == 1 ? Enum.GetValues<PowerLoss>() : [PowerLoss.None, PowerLoss.All];

    private void From(long[] steps, PowerLoss loss, Coverage coverage)
    {
        var passed = Play(steps, loss, coverage);
        if (steps.Length == crashes)
        {
            return;
        }

        for (var next = steps[^1] + 1; next < passed; next++)
        {
            From([.. steps, next], loss, coverage);
        }
    }

    private long Play(long[] steps, PowerLoss loss, Coverage coverage)
    {
        Interlocked.Increment(ref _runs);
        var result = new SimulationRun(Scenario.Plan(), coverage, new KillSteps(steps, loss, _downFor), told: false).Play();
        if (result.Violation is { } violation)
        {
            _failures.Enqueue($"{Scenario}; killed at {string.Join(", ", steps)}, the disk lost {loss}: {violation.Message}");
        }

        return result.CrashPoints;
    }
}
