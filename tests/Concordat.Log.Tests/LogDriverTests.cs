namespace Concordat.Log.Tests;

public sealed class LogDriverTests
{
    private readonly MemoryLogStorage _memory = new();
    private readonly ManualTime _time = new();
    private readonly List<Exception> _failures = [];
    private long _announced;

    [Fact]
    public void Group_commit_all_that_is_appended_while_a_flush_runs_goes_with_the_next_one()
    {
        using var entered = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        var disk = new FaultyLogStorage(_memory);
        using var driver = Start(disk);
        int syncs = disk.Calls(LogOperation.Sync);
        disk.On(LogOperation.Sync, syncs + 1, LogFault.Before(() =>
        {
            entered.Set();
            gate.Wait();
        }));
        var first = driver.Log.Append("first");
        driver.RequestFlush();
        Eventually.Set(entered, "the first sync did not begin");
        for (int i = 0; i < 50; i++)
        {
            driver.Log.Append($"{i}");
            driver.RequestFlush();
        }

        var last = driver.Log.AppendedPosition;
        Assert.True(driver.Log.StagedBytes > 50 * LogFormat.FrameHeaderBytes);
        Assert.True(driver.Log.DurablePosition < first);
        gate.Set();
        Eventually.True(() => Volatile.Read(ref _announced) == last.Value, "the 50 appends did not become durable");
        Assert.Equal(syncs + 2, disk.Calls(LogOperation.Sync));
    }

    [Fact]
    public void I16_an_idle_log_writes_what_is_staged_and_a_mark_unforced_after_the_delay_and_then_rests()
    {
        var disk = new FaultyLogStorage(_memory);
        using var driver = Start(disk);
        driver.Log.Append("a");
        driver.RequestFlush();
        Eventually.True(() => Volatile.Read(ref _announced) == driver.Log.AppendedPosition.Value, "the append did not become durable");
        Eventually.True(() => _time.ArmedTimers == 1, "the idle timer was not armed");
        int syncs = disk.Calls(LogOperation.Sync);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Eventually.True(() => Frames().Last().IsMark, "no mark was written");
        Assert.Equal(driver.Log.DurablePosition, Frames().Last().DurablePosition);
        Assert.Equal(0, _time.ArmedTimers);
        driver.Log.Append("b");
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Eventually.True(() => Frames().Any(f => f.Payload.Span.SequenceEqual("b"u8)), "the unforced record was not written");
        Assert.Equal(syncs, disk.Calls(LogOperation.Sync));
    }

    [Fact]
    public void The_idle_delay_counts_from_the_last_flush()
    {
        using var driver = Start(_memory);
        Commit(driver, "a");
        Eventually.True(() => _time.ArmedTimers == 1, "the idle timer was not armed");
        _time.Advance(TimeSpan.FromMilliseconds(60));
        Commit(driver, "b");
        // The flusher notes the time of its flush after it announced it.
        Eventually.True(() => driver.LastForce == _time.GetTimestamp(), "the second flush was not noted");
        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal(1, _time.ArmedTimers);
        Assert.False(Frames().Last().IsMark);
        _time.Advance(TimeSpan.FromMilliseconds(60));
        Eventually.True(() => Frames().Last().IsMark, "no mark was written");
    }

    [Fact]
    public void A_driver_may_be_disposed_of_by_the_one_who_is_told_of_its_failure()
    {
        var disk = new FaultyLogStorage(_memory);
        using var told = new ManualResetEventSlim();
        LogDriver? driver = null;
        driver = new LogDriver(Records.Open(disk), Options() with
        {
            OnFailure = _ =>
            {
                driver!.Dispose();
                told.Set();
            },
        });
        Eventually.True(() => driver.Log.Statistics().SpareSegments == 2, "the spares did not come");
        disk.From(LogOperation.Sync, disk.Calls(LogOperation.Sync) + 1, LogFault.IoError);
        driver.Log.Append("a");
        driver.RequestFlush();
        Eventually.Set(told, "the failure was not told, or disposing hung");
    }

    [Fact]
    public void A_failed_sync_is_told_once_and_ends_everything()
    {
        var disk = new FaultyLogStorage(_memory);
        using var driver = Start(disk);
        disk.From(LogOperation.Sync, disk.Calls(LogOperation.Sync) + 1, LogFault.IoError);
        driver.Log.Append("a");
        driver.RequestFlush();
        Eventually.True(() => Failures() == 1, "the failure was not told");
        Assert.Throws<LogFailedException>(() => driver.Log.Append("b"));
        driver.RequestFlush();
        int changes = disk.Changes;
        driver.RequestMaintenance();
        Eventually.True(() => !driver.IsMaintaining, "the maintenance thread did not notice the failure");
        driver.Dispose();
        Assert.Equal(changes, disk.Changes);
        Assert.Equal(1, Failures());
        Assert.IsType<LogFailedException>(_failures[0]);
    }

    [Fact]
    public void A_failed_preallocation_sync_is_fatal_too()
    {
        var log = Records.Open(_memory);
        log.Dispose();
        var disk = new FaultyLogStorage(_memory);
        log = Records.Open(disk);
        disk.From(LogOperation.SyncDirectory, disk.Calls(LogOperation.SyncDirectory) + 1, LogFault.IoError);
        using var driver = new LogDriver(log, Options());
        Eventually.True(() => Failures() == 1, "the failure was not told");
        Assert.Throws<LogFailedException>(() => log.Append("a"));
    }

    [Fact]
    public void A_full_disk_is_looked_at_again_after_a_while()
    {
        _memory.CapacityBytes = 4096;
        using var driver = Start(_memory);
        Eventually.True(() => _time.ArmedTimers == 1, "the maintenance thread did not note the full disk");
        _memory.CapacityBytes = long.MaxValue;
        _time.Advance(TimeSpan.FromSeconds(1));
        Eventually.True(() => driver.Log.Statistics().SpareSegments == 2, "the spares did not come");
        Assert.Equal(0, Failures());
    }

    [Fact]
    public void Used_spares_are_replaced_and_removed_segments_deleted_in_the_background()
    {
        using var driver = Start(_memory);
        for (int i = 0; i < 40; i++) driver.Log.Append(new string('x', 1000));
        var checkpoint = driver.Log.StartSegment();
        driver.Log.Append("checkpoint");
        driver.RequestFlush();
        Eventually.True(() => driver.Log.DurablePosition == driver.Log.AppendedPosition, "the appends did not become durable");
        driver.Log.RemoveBefore(checkpoint);
        Eventually.True(() => driver.Log.Statistics() is { Segments: 1, SpareSegments: 2, SizeOnDiskBytes: 3 * 4096 }, "no tidy log came about");
    }

    [Fact]
    public async Task A_clean_stop_announces_everything_and_leaves_a_stop_mark()
    {
        var driver = Start(_memory);
        var end = driver.Log.Append("unforced");
        await driver.DisposeAsync();
        Assert.Equal(end.Value, _announced);
        Assert.Equal(LogFormat.StopMark, Frames().Last().Type);
        Assert.Equal(0, _memory.UnsyncedBytes);
        Assert.Equal(0, Failures());
    }

    [Fact]
    public void An_abandoned_log_writes_nothing_more()
    {
        var driver = Start(_memory);
        driver.Log.Append("lost");
        driver.Abandon();
        Assert.Empty(Records.Replay(_memory));
    }

    [Fact]
    public void Appenders_on_many_threads_lose_nothing_while_the_flusher_works()
    {
        const int Threads = 4, Each = 2000;
        using (var driver = Start(_memory))
        {
            var threads = Enumerable.Range(0, Threads).Select(t => new Thread(() =>
            {
                for (int i = 0; i < Each; i++)
                {
                    driver.Log.Append($"{t}/{i}");
                    if (i % 10 == 0) driver.RequestFlush();
                }
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
        }

        var replayed = Records.Replay(_memory);
        Assert.Equal(Threads * Each, replayed.Count);
        for (int t = 0; t < Threads; t++)
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"1:{t}/{i}"), replayed.Where(r => r.StartsWith($"1:{t}/", StringComparison.Ordinal)));
    }

    private LogDriver Start(ILogStorage storage)
    {
        var log = Records.Open(storage);
        log.MaintainSpares();
        return new LogDriver(log, Options());
    }

    private LogDriverOptions Options() => new()
    {
        Time = _time,
        OnDurable = position => Volatile.Write(ref _announced, position.Value),
        OnFailure = e =>
        {
            lock (_failures) _failures.Add(e);
        },
    };

    private void Commit(LogDriver driver, string text)
    {
        driver.Log.Append(text);
        driver.RequestFlush();
        Eventually.True(() => Volatile.Read(ref _announced) == driver.Log.AppendedPosition.Value, $"'{text}' did not become durable");
    }

    private int Failures()
    {
        lock (_failures) return _failures.Count;
    }

    private List<LogFrameItem> Frames() => [.. LogInspector.Inspect(_memory).OfType<LogFrameItem>()];
}
