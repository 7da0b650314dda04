namespace Concordat.Core;

/// <summary>
/// The coordinator's own clock. It follows the wall clock forward, goes on at the monotonic clock's pace when the wall clock is
/// set back, and is anchored past everything that the log holds at a start: so it never goes back, restarts included, and what
/// participants conclude from <c>createdAt</c> and <c>endedBefore</c> holds.
/// </summary>
internal sealed class CoordinatorClock
{
    /// <summary>A larger difference between the two clocks is a step of the wall clock, not its drift.</summary>
    private static readonly TimeSpan StepThreshold = TimeSpan.FromSeconds(5);

    private Now _anchor;
    private TimeSpan _uptimeAtAnchor;

    internal Timestamp Time { get; private set; }

    /// <summary>Time in which the coordinator was up and the clock was not stepped: what retention ages by.</summary>
    internal TimeSpan Uptime { get; private set; }

    /// <summary>Takes in the time of a record of the log.</summary>
    /// <param name="isAnchor">The time between it and the record before is not uptime.</param>
    internal void Replay(Timestamp at, bool isAnchor)
    {
        if (!isAnchor && at > Time)
        {
            Uptime += at - Time;
        }

        Time = Timestamp.Max(Time, at);
    }

    /// <summary>Starts past everything on record.</summary>
    internal void Start(Now now)
    {
        Time = Timestamp.Max(now.Wall, Time + TimeSpan.FromMilliseconds(1));
        _anchor = new Now(now.Monotonic, Time);
        _uptimeAtAnchor = Uptime;
    }

    /// <summary>Returns true where the wall clock was stepped forward and this clock followed.</summary>
    internal bool Advance(Now now)
    {
        var elapsed = now.Monotonic - _anchor.Monotonic;
        Uptime = _uptimeAtAnchor + elapsed;
        var expected = _anchor.Wall + elapsed;
        if (now.Wall - expected > StepThreshold)
        {
            _anchor = now;
            _uptimeAtAnchor = Uptime;
            Time = now.Wall;
            return true;
        }

        Time = Timestamp.Max(Time, expected);
        return false;
    }
}
