namespace Concordat.Log.Tests;

public sealed class FailStopTests
{
    [Fact]
    public void After_any_failed_write_or_sync_nothing_is_ever_written_or_synced_again()
    {
        foreach (var operation in (LogOperation[])[LogOperation.Write, LogOperation.Sync, LogOperation.SyncDirectory, LogOperation.Create, LogOperation.Delete])
        {
            int failures = 0;
            for (int nth = 1; ; nth++)
            {
                var memory = new MemoryLogStorage();
                var announced = new List<LogPosition>();
                var disk = new FaultyLogStorage(memory);
                using var log = Records.Open(disk);
                int before = disk.Calls(operation);
                disk.On(operation, before + nth, LogFault.IoError);
                var e = Record.Exception(() => Use(log, announced));
                if (e is null) break;
                failures++;
                Assert.IsType<LogFailedException>(e);
                int changes = disk.Changes;
                Assert.Throws<LogFailedException>(() => log.Append("more"));
                Assert.Throws<LogFailedException>(() => log.Flush(force: true));
                Assert.Throws<LogFailedException>(() => log.Flush(force: false));
                Assert.Throws<LogFailedException>(() => log.MaintainSpares());
                Assert.Throws<LogFailedException>(() => log.WriteMark());
                Assert.Throws<LogFailedException>(() => log.StartSegment());
                log.Close();
                Assert.Equal(changes, disk.Changes);
                // The next start finds at least what was announced, whichever part of the rest reached the disk.
                for (int seed = 0; seed < 5; seed++)
                {
                    using var again = Records.Open(memory.AsIfCrashed(CrashPlan.RandomSectors(seed)));
                    Assert.True(again.DurablePosition >= announced[^1], $"{operation} {nth}, seed {seed}");
                }
            }

            Assert.True(failures >= 2, $"{operation} failed only {failures} times");
        }
    }

    [Fact]
    public void A_failed_sync_is_not_repeated_and_announces_nothing()
    {
        var disk = new FaultyLogStorage(new MemoryLogStorage());
        using var log = Records.Open(disk);
        var durable = log.DurablePosition;
        log.Append("a");
        int syncs = disk.Calls(LogOperation.Sync);
        disk.On(LogOperation.Sync, syncs + 1, LogFault.IoError);
        Assert.Throws<LogFailedException>(() => log.Flush(force: true));
        Assert.Throws<LogFailedException>(() => log.Flush(force: true));
        log.Close();
        Assert.Equal(syncs + 1, disk.Calls(LogOperation.Sync));
        Assert.Equal(durable, log.DurablePosition);
    }

    [Fact]
    public void A_short_write_is_a_failure_and_a_torn_tail_at_the_next_start()
    {
        var memory = new MemoryLogStorage();
        var disk = new FaultyLogStorage(memory);
        using (var log = Records.Open(disk))
        {
            log.Append("kept");
            log.Flush(force: true);
            disk.From(LogOperation.Write, disk.Calls(LogOperation.Write) + 1, LogFault.ShortWrite(50));
            log.Append("first");
            log.Append("torn");
            Assert.Throws<LogFailedException>(() => log.Flush(force: true));
        }

        using var again = Records.Open(memory, out var replayed);
        Assert.Equal(["1:kept", "1:first"], replayed);
        Assert.NotNull(again.ErasedTail);
    }

    [Fact]
    public void An_unreadable_segment_stops_the_start_and_nothing_is_written()
    {
        var memory = SampleLog.Disk(SampleLog.Killed.Copy());
        for (int nth = 1; nth <= SampleLog.Killed.Files.Length; nth++)
        {
            var disk = new FaultyLogStorage(memory).On(LogOperation.Read, nth, LogFault.IoError);
            Assert.Throws<IOException>(() => Records.Open(disk));
            Assert.Equal(0, disk.Changes);
        }
    }

    [Fact]
    public void After_a_restart_frames_that_a_failed_sync_may_have_left_in_the_cache_only_are_written_again()
    {
        var memory = new MemoryLogStorage();
        var disk = new FaultyLogStorage(memory);
        var first = Records.Open(disk);
        first.Append("a");
        disk.From(LogOperation.Sync, disk.Calls(LogOperation.Sync) + 1, LogFault.IoError);
        Assert.Throws<LogFailedException>(() => first.Flush(force: true));
        first.Dispose();
        // The file still reads back the frame, but the disk never got it, and a sync alone would have nothing to do.
        disk.Heal();
        int writes = disk.Calls(LogOperation.Write);
        using var again = Records.Open(disk, out var replayed);
        Assert.Equal(["1:a"], replayed);
        Assert.True(disk.Calls(LogOperation.Write) > writes);
        Assert.Equal(0, memory.UnsyncedBytes);
    }

    private static void Use(WriteAheadLog log, List<LogPosition> announced)
    {
        announced.Add(log.DurablePosition);
        log.MaintainSpares();
        for (int i = 0; i < 3; i++)
        {
            log.Append(new string('x', 1000));
            announced.Add(log.Flush(force: true));
        }

        var start = log.StartSegment();
        for (int i = 0; i < 5; i++) log.Append(new string('y', 1000));
        announced.Add(log.Flush(force: true));
        log.WriteMark();
        log.RemoveBefore(start);
        log.MaintainSpares();
        log.Append("z");
        announced.Add(log.Flush(force: true));
        log.StartSegment();
        log.Append("zz");
        announced.Add(log.Flush(force: true));
        log.RemoveBefore(new LogPosition(announced[^1].Value - 1));
        log.MaintainSpares();
    }
}
