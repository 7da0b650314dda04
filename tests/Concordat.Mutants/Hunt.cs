using System.Diagnostics;
using Concordat.Simulation;

namespace Concordat.Mutants;

/// <summary>The first seed that breaks an invariant.</summary>
internal sealed record Kill(ulong Seed, string Invariant, string Text);

/// <summary>
/// Runs seeds in order on every core until one breaks an invariant. The answer does not depend on the number of cores: once a seed has
/// broken one, the smaller seeds are run to their end.
/// </summary>
internal sealed class Hunt(ulong from, ulong seeds, TimeSpan limit)
{
    /// <summary>In real time; an ordinary seed takes a few hundredths of a second. A bug may make a simulated clock stand still.</summary>
    private static readonly TimeSpan LongestSeed = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Runner> _runners = [];
    private readonly ulong _end = from + seeds;
    private ulong _next = from;
    private ulong _ran;
    private Kill? _kill;

    /// <summary>How many seeds were run to their end.</summary>
    internal ulong Ran
    {
        get
        {
            lock (_gate)
            {
                return _ran;
            }
        }
    }

    internal Kill? Run()
    {
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            _runners.Add(new Runner(this));
        }

        foreach (var runner in _runners)
        {
            while (!runner.Ended(TimeSpan.FromSeconds(1)))
            {
                GiveUpHanging();
            }
        }

        return _kill;
    }

    private ulong? Next()
    {
        lock (_gate)
        {
            return _next >= _end || _kill is not null || _clock.Elapsed > limit ? null : _next++;
        }
    }

    private void Note(ulong seed, Kill? kill)
    {
        lock (_gate)
        {
            _ran++;
            if (kill is not null && (_kill is null || seed < _kill.Seed))
            {
                _kill = kill;
            }
        }
    }

    /// <summary>Its thread is left behind: it ends with the process.</summary>
    private void GiveUpHanging()
    {
        foreach (var runner in _runners)
        {
            if (runner.GiveUpAfter(LongestSeed) is { } seed)
            {
                Note(seed, new Kill(seed, "AC5", $"the run does not end: {LongestSeed.TotalSeconds:0} s of real time, and the simulated clock stands still"));
            }
        }
    }

    private sealed class Runner
    {
        private readonly Hunt _hunt;
        private readonly ManualResetEventSlim _ended = new();
        private readonly Lock _gate = new();
        private ulong? _seed;
        private long _since;

        internal Runner(Hunt hunt)
        {
            _hunt = hunt;
            new Thread(Loop, maxStackSize: 16 * 1024 * 1024) { IsBackground = true }.Start();
        }

        internal bool Ended(TimeSpan patience) => _ended.Wait(patience);

        internal ulong? GiveUpAfter(TimeSpan time)
        {
            lock (_gate)
            {
                if (_seed is not { } seed || Stopwatch.GetElapsedTime(_since) < time)
                {
                    return null;
                }

                _seed = null;
                _ended.Set();
                return seed;
            }
        }

        private void Loop()
        {
            var coverage = new Coverage();
            while (_hunt.Next() is { } seed)
            {
                lock (_gate)
                {
                    (_seed, _since) = (seed, Stopwatch.GetTimestamp());
                }

                var kill = Play(seed, coverage);
                lock (_gate)
                {
                    if (_seed is null)
                    {
                        return;
                    }

                    _seed = null;
                    _hunt.Note(seed, kill);
                }
            }

            _ended.Set();
        }

        private static Kill? Play(ulong seed, Coverage coverage)
        {
            try
            {
                return Simulator.Run(seed, new SimulationOptions(), coverage).Violation is { } violation
                    ? new Kill(seed, violation.Invariant, violation.Message[(violation.Invariant.Length + 2)..])
                    : null;
            }
#pragma warning disable CA1031 // A bug that makes the simulation itself fall over is found, too.
            catch (Exception e)
#pragma warning restore CA1031
            {
                return new Kill(seed, "no crash of its own", e.ToString());
            }
        }
    }
}
