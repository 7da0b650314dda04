namespace Concordat.Server.Engine;

/// <summary>How long those who waited for a lock have waited: counts by upper bound, in seconds, as Prometheus adds them up.</summary>
public sealed class WaitTimes
{
    /// <summary>In seconds; longer ones are counted in <see cref="Count"/> only.</summary>
    public static IReadOnlyList<double> Bounds { get; } = [0.001, 0.01, 0.1, 1, 10, 60];

    private readonly long[] _upTo = new long[Bounds.Count];

    /// <summary>How many were no longer than each bound.</summary>
    public IReadOnlyList<long> UpTo => _upTo;

    public long Count { get; private set; }

    public double SumSeconds { get; private set; }

    internal void Add(TimeSpan time)
    {
        Count++;
        SumSeconds += time.TotalSeconds;
        for (var i = 0; i < _upTo.Length; i++)
        {
            _upTo[i] += time.TotalSeconds <= Bounds[i] ? 1 : 0;
        }
    }

    internal WaitTimes Copy()
    {
        var copy = new WaitTimes { Count = Count, SumSeconds = SumSeconds };
        _upTo.CopyTo(copy._upTo, 0);
        return copy;
    }
}
