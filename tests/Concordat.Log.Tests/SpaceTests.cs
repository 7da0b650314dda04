namespace Concordat.Log.Tests;

public sealed class SpaceTests
{
    private const int Segment = 4096;

    [Fact]
    public void Appends_within_the_room_never_need_new_space_whatever_their_sizes()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var memory = new MemoryLogStorage();
            var disk = new FaultyLogStorage(memory);
            var options = Records.Small with { SpareSegments = random.Next(1, 4), MaxRecordBytes = random.Next(1, 3000) };
            using var log = Records.Open(disk, options);
            log.MaintainSpares();
            for (int i = random.Next(4); i > 0; i--) log.Append(new string('s', random.Next(options.MaxRecordBytes + 1)));
            if (random.Next(2) == 0) log.Flush(force: false);
            if (random.Next(3) == 0) log.StartSegment();
            memory.CapacityBytes = 0;
            long room = log.RoomBytes;
            while (true)
            {
                int payload = random.Next(4) == 0 ? options.MaxRecordBytes : random.Next(options.MaxRecordBytes + 1);
                if (LogFormat.FrameBytes(payload) > room) break;
                room -= LogFormat.FrameBytes(payload);
                log.Append(new string('r', payload));
                Assert.True(log.RoomBytes >= room, $"seed {seed}: the room shrank by more than was appended");
                if (random.Next(3) == 0) log.Flush(force: random.Next(2) == 0);
            }

            Assert.Equal(log.AppendedPosition, log.Flush(force: true));
        }
    }

    [Fact]
    public void On_a_full_disk_the_room_shrinks_and_comes_back_with_the_space()
    {
        var memory = new MemoryLogStorage { CapacityBytes = 2 * Segment };
        using var log = Records.Open(memory);
        Assert.False(log.MaintainSpares());
        Assert.Equal(1, log.Statistics().SpareSegments);
        long room = log.RoomBytes;
        log.Append(new string('a', 1000));
        Assert.Equal(room - LogFormat.FrameBytes(1000), log.RoomBytes);
        while (log.RoomBytes >= LogFormat.FrameBytes(1000)) log.Append(new string('b', 1000));
        log.Flush(force: true);
        Assert.False(log.MaintainSpares());
        memory.CapacityBytes = 20 * Segment;
        Assert.True(log.MaintainSpares());
        Assert.True(log.RoomBytes > Segment);
        log.Append("c");
        Assert.Equal(log.AppendedPosition, log.Flush(force: true));
    }

    [Fact]
    public void Removing_segments_makes_room_on_a_full_disk()
    {
        var memory = new MemoryLogStorage { CapacityBytes = 3 * Segment };
        using var log = Records.Open(memory);
        Assert.True(log.MaintainSpares());
        for (int i = 0; i < 3; i++) log.Append(new string('a', 1000));
        var checkpoint = log.StartSegment();
        log.Append("checkpoint");
        log.Flush(force: true);
        Assert.False(log.MaintainSpares());
        log.RemoveBefore(checkpoint);
        Assert.True(log.MaintainSpares());
        Assert.Equal(3 * Segment, log.Statistics().SizeOnDiskBytes);
    }

    [Fact]
    public void A_flush_beyond_all_space_fails_and_the_durable_part_survives()
    {
        var memory = new MemoryLogStorage { CapacityBytes = Segment };
        using (var log = Records.Open(memory))
        {
            Assert.False(log.MaintainSpares());
            log.Append("kept");
            log.Flush(force: true);
            for (int i = 0; i < 5; i++) log.Append(new string('b', 1000));
            Assert.Equal(0, log.RoomBytes);
            var e = Assert.Throws<LogFailedException>(() => log.Flush(force: true));
            Assert.IsType<LogSpaceException>(e.InnerException);
        }

        memory.CapacityBytes = 10 * Segment;
        Assert.Equal("1:kept", Records.Replay(memory)[0]);
    }

    [Fact]
    public void Reserved_room_is_granted_once_and_marks_do_not_eat_into_it()
    {
        var memory = new MemoryLogStorage { CapacityBytes = Segment };
        using var log = Records.Open(memory);
        log.MaintainSpares();
        log.Append("a");
        log.Flush(force: true);
        long room = log.RoomBytes;
        Assert.True(log.TryReserve(room - 10));
        Assert.False(log.TryReserve(11));
        Assert.True(log.TryReserve(10));
        var appended = log.AppendedPosition;
        log.WriteMark();
        Assert.Equal(appended, log.AppendedPosition);
        log.Release(room);
        Assert.Equal(0, log.ReservedBytes);
        log.WriteMark();
        Assert.Equal(appended.Value + LogFormat.FrameHeaderBytes, log.AppendedPosition.Value);
        Assert.Throws<LogInvariantException>(() => log.Release(1));
    }

    [Fact]
    public void A_clean_stop_on_a_full_disk_works_without_a_mark()
    {
        var memory = new MemoryLogStorage { CapacityBytes = Segment };
        using (var log = Records.Open(memory))
        {
            log.MaintainSpares();
            int fits = (int)log.RoomBytes;
            while (fits > 0)
            {
                int payload = Math.Min(1024, fits - LogFormat.FrameHeaderBytes);
                log.Append(new string('x', payload));
                fits -= LogFormat.FrameBytes(payload);
            }

            Assert.Equal(0, log.RoomBytes);
            log.Close();
        }

        Assert.Equal(4, Records.Replay(memory.AsIfCrashed(CrashPlan.LoseUnsynced)).Count);
    }
}
