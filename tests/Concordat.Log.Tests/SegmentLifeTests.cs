namespace Concordat.Log.Tests;

public sealed class SegmentLifeTests
{
    [Fact]
    public void A_started_segment_begins_at_the_next_record_and_positions_have_no_gap()
    {
        var disk = new MemoryLogStorage();
        using var log = Records.Open(disk);
        var end = log.Append("a");
        Assert.Equal(end, log.StartSegment());
        var next = log.Append("b");
        Assert.Equal(end.Value + LogFormat.FrameBytes(1), next.Value);
        log.Flush(force: true);
        var second = LogInspector.Inspect(disk).OfType<LogSegmentItem>().Single(s => s.Number == 1);
        Assert.Equal(end, second.FirstPosition);
    }

    [Fact]
    public void What_is_removed_is_whole_segments_before_the_position_and_a_restart_begins_with_the_checkpoint()
    {
        var disk = new MemoryLogStorage();
        LogPosition checkpoint;
        using (var log = Records.Open(disk))
        {
            for (int i = 0; i < 9; i++) log.Append($"old {i}".PadRight(1000));
            checkpoint = log.StartSegment();
            log.Append("checkpoint");
            log.Append("new");
            log.Flush(force: true);
            log.RemoveBefore(new LogPosition(checkpoint.Value - 1));
            log.MaintainSpares();
            Assert.Contains(disk.Snapshot().Keys, name => name == LogFormat.SegmentName(2));
            log.RemoveBefore(checkpoint);
            log.MaintainSpares();
            log.Close();
        }

        Assert.Equal(LogFormat.SegmentName(3), disk.Snapshot().Keys.Order(StringComparer.Ordinal).First());
        for (int restart = 0; restart < 3; restart++)
        {
            var positions = new List<LogPosition>();
            using var log = WriteAheadLog.Open(disk, Records.Small, (position, _, _) => positions.Add(position));
            Assert.Equal(checkpoint, positions[0]);
            Assert.Equal(2 + restart, positions.Count);
            log.Append("more");
            log.Close();
        }
    }

    [Fact]
    public void Nothing_is_removed_up_to_what_is_not_durable()
    {
        using var log = Records.Open(new MemoryLogStorage());
        log.Append("a");
        log.Flush(force: true);
        var start = log.StartSegment();
        log.Append("checkpoint");
        Assert.Throws<ArgumentOutOfRangeException>(() => log.RemoveBefore(start));
        log.Flush(force: true);
        log.RemoveBefore(start);
        Assert.Equal(1, log.Statistics().Segments);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.RemoveBefore(log.DurablePosition));
    }

    [Fact]
    public void The_last_durable_segment_is_damage_when_its_only_frames_are_gone()
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.Append("old");
            log.Flush(force: true);
            var checkpoint = log.StartSegment();
            log.Append("checkpoint");
            log.Flush(force: true);
            log.RemoveBefore(checkpoint);
            log.MaintainSpares();
        }

        byte[] file = disk.Snapshot()[LogFormat.SegmentName(1)];
        file[LogFormat.SegmentHeaderBytes] ^= 1;
        disk.Plant(LogFormat.SegmentName(1), file);
        Assert.Throws<LogDamagedException>(() => Records.Open(disk));
    }

    [Fact]
    public void The_chain_of_frames_goes_on_over_restarts_and_segments()
    {
        var disk = new MemoryLogStorage();
        for (int run = 0; run < 5; run++)
        {
            using var log = Records.Open(disk);
            for (int i = 0; i < 5; i++) log.Append(new string('x', 600));
            if (run % 2 == 0) log.Close();
            else log.Flush(force: true);
        }

        Assert.All(LogInspector.Inspect(disk).OfType<LogFrameItem>(), frame => Assert.Null(frame.Problem));
        Assert.Equal(25, Records.Replay(disk).Count);
    }

    [Fact]
    public void An_idle_log_writes_one_mark_and_no_more()
    {
        var disk = new MemoryLogStorage();
        using var log = Records.Open(disk);
        log.Append("a");
        log.Flush(force: true);
        for (int i = 0; i < 5; i++) log.WriteMark();
        Assert.Equal(2, LogInspector.Inspect(disk).OfType<LogFrameItem>().Count(f => f.IsMark));
        var mark = LogInspector.Inspect(disk).OfType<LogFrameItem>().Last();
        Assert.Equal(log.DurablePosition, mark.DurablePosition);
    }

    [Theory]
    [InlineData(LogFormat.FirstReservedType)]
    [InlineData(byte.MaxValue)]
    public void Reserved_types_are_refused(byte type)
    {
        using var log = Records.Open(new MemoryLogStorage());
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(type, []));
    }

    [Fact]
    public void A_record_beyond_the_limit_is_refused_and_one_at_the_limit_is_not()
    {
        using var log = Records.Open(new MemoryLogStorage());
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(1, new byte[1025]));
        log.Append(1, new byte[1024]);
        using var whole = Records.Open(new MemoryLogStorage(), Records.Small with { MaxRecordBytes = 4096 - 96 });
        whole.Append(1, new byte[4000]);
        whole.Append(1, new byte[4000]);
        Assert.Equal(whole.AppendedPosition, whole.Flush(force: true));
    }

    [Fact]
    public void Options_that_cannot_work_are_refused_by_name()
    {
        foreach (var (options, name) in ((LogOptions, string)[])[
            (new LogOptions { SegmentSizeBytes = 4088 }, nameof(LogOptions.SegmentSizeBytes)),
            (new LogOptions { SegmentSizeBytes = 4097 }, nameof(LogOptions.SegmentSizeBytes)),
            (new LogOptions { SpareSegments = 0 }, nameof(LogOptions.SpareSegments)),
            (Records.Small with { MaxRecordBytes = 4001 }, nameof(LogOptions.MaxRecordBytes))])
        {
            Assert.Contains(name, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
        }
    }
}
