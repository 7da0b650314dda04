using FsCheck;
using FsCheck.Fluent;

namespace Concordat.Core.Tests.Time;

public sealed class CoordinatorClockTests
{
    private static Now At(double monotonicSeconds, double wallSeconds) =>
        new(TimeSpan.FromSeconds(monotonicSeconds), new Timestamp(1_700_000_000_000 + (long)(wallSeconds * 1000)));

    [Fact]
    public void Never_goes_back_whatever_the_wall_clock_does_restarts_included() => Prop.ForAll<(byte Passes, int Jumps, bool Restart)[]>(steps =>
    {
        var clock = new CoordinatorClock();
        double monotonic = 0, wall = 0;
        clock.Start(At(monotonic, wall));
        var last = clock.Time;
        foreach (var (passes, jumps, restart) in steps)
        {
            monotonic += passes;
            wall += passes + (jumps % 3 == 0 ? jumps % 100_000 : 0);
            if (restart)
            {
                var next = new CoordinatorClock();
                next.Replay(clock.Time, isAnchor: false);
                clock = next;
                monotonic = 0;
                clock.Start(At(monotonic, wall));
                Assert.True(clock.Time > last, "a restart begins later than everything on record");
            }
            else
            {
                clock.Advance(At(monotonic, wall));
            }

            Assert.True(clock.Time >= last);
            last = clock.Time;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Follows_the_wall_clock_forward_and_runs_on_when_it_is_set_back()
    {
        var clock = new CoordinatorClock();
        clock.Start(At(0, 0));
        Assert.False(clock.Advance(At(10, 10)));
        Assert.Equal(At(0, 10).Wall, clock.Time);
        Assert.True(clock.Advance(At(11, 1000)));
        Assert.Equal(At(0, 1000).Wall, clock.Time);
        Assert.False(clock.Advance(At(12, 3)));
        Assert.Equal(At(0, 1001).Wall, clock.Time);
    }

    [Fact]
    public void Uptime_counts_neither_jumps_nor_time_down()
    {
        var clock = new CoordinatorClock();
        clock.Start(At(0, 0));
        clock.Advance(At(10, 10));
        clock.Advance(At(11, 1_000_000));
        clock.Advance(At(20, 3));
        Assert.Equal(TimeSpan.FromSeconds(20), clock.Uptime);

        var next = new CoordinatorClock();
        next.Replay(At(0, 0).Wall, isAnchor: true);
        next.Replay(At(0, 10).Wall, isAnchor: false);
        next.Replay(At(0, 1_000_000).Wall, isAnchor: true);
        next.Replay(At(0, 1_000_009).Wall, isAnchor: false);
        next.Start(At(500, 9_000_000));
        Assert.Equal(TimeSpan.FromSeconds(19), next.Uptime);
        next.Advance(At(501, 9_000_001));
        Assert.Equal(TimeSpan.FromSeconds(20), next.Uptime);
    }
}
