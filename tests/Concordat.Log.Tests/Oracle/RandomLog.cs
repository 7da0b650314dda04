using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

/// <summary>
/// A log made from a seed: records of all types and sizes, forced and unforced flushes, marks, new segments, removals, spares, other segment
/// sizes, and restarts after a clean stop, a kill and a power cut. Knows what it wrote.
/// </summary>
internal sealed class RandomLog
{
    private static readonly LogOptions[] _sizes =
        [Records.Small, Records.Small with { SegmentSizeBytes = 8192 }, Records.Small with { SegmentSizeBytes = 4104, SpareSegments = 1 }];

    private readonly Random _random;
    private readonly List<long> _starts = [];
    private WriteAheadLog _log;

    internal RandomLog(int seed, int steps, double restarts = 0.04)
    {
        _random = new Random(seed);
        Options = _sizes[_random.Next(_sizes.Length)];
        _log = Records.Open(Disk, Options);
        Written = _log.AppendedPosition.Value;
        for (int i = 0; i < steps; i++) Step(restarts);
    }

    internal LogOptions Options { get; private set; }

    internal MemoryLogStorage Disk { get; private set; } = new();

    internal List<(long Position, byte Type, byte[] Payload)> Appended { get; } = [];

    internal long Written { get; private set; }

    internal long Announced { get; private set; }

    internal long RemovedBefore { get; private set; }

    /// <summary>After a clean stop that found preallocated room for its mark.</summary>
    internal bool EndsWithStopMark { get; private set; }

    internal int Segments => _starts.Count;

    internal void Stop(bool cleanly)
    {
        if (cleanly)
        {
            _log.Flush(force: true);
            EndsWithStopMark = _log.RoomBytes >= LogFormat.FrameHeaderBytes;
            _log.Close();
            Written = Announced = _log.AppendedPosition.Value;
        }
        else
        {
            _log.Dispose();
        }

        Forget(Written);
    }

    private void Step(double restarts)
    {
        double dice = _random.NextDouble();
        if (dice < restarts) Restart();
        else if (dice < 0.55) Append();
        else if (dice < 0.75) Flush(force: true);
        else if (dice < 0.80) Flush(force: false);
        else if (dice < 0.88) Mark();
        else if (dice < 0.93) _log.MaintainSpares();
        else if (dice < 0.98) _starts.Add(_log.StartSegment().Value);
        else Remove();
    }

    private void Append()
    {
        byte[] payload = new byte[_random.Next(4) == 0 ? _random.Next(1025) : _random.Next(60)];
        _random.NextBytes(payload);
        byte type = (byte)_random.Next(LogFormat.FirstReservedType);
        long end = _log.Append(type, payload).Value;
        Appended.Add((end - LogFormat.FrameBytes(payload.Length), type, payload));
    }

    private void Flush(bool force)
    {
        long durable = _log.Flush(force).Value;
        Written = _log.AppendedPosition.Value;
        if (force) Announced = durable;
    }

    private void Mark()
    {
        _log.WriteMark();
        Written = _log.AppendedPosition.Value;
    }

    private void Remove()
    {
        long until = _starts.Where(start => start < _log.DurablePosition.Value).DefaultIfEmpty().Max();
        if (until == 0) return;
        _log.RemoveBefore(new LogPosition(until));
        RemovedBefore = until;
    }

    private void Restart()
    {
        int how = _random.Next(3);
        if (how == 2) PowerCut();
        else Stop(cleanly: how == 0);
        Options = _sizes[_random.Next(_sizes.Length)];
        _log = Records.Open(Disk, Options);
        Written = _log.AppendedPosition.Value;
    }

    private void PowerCut()
    {
        _log.Dispose();
        Disk = Disk.Crash(CrashPlan.RandomSectors(_random.Next()));
        var left = Assert.IsType<OracleJudgement.Sound>(Verdicts.Of(Disk));
        Assert.True(left.NextPosition >= Announced, $"{Announced} was announced, the power cut left {left.NextPosition}");
        Forget(left.NextPosition);
    }

    private void Forget(long end)
    {
        Appended.RemoveAll(record => record.Position >= end);
        _starts.RemoveAll(start => start >= end);
    }
}
