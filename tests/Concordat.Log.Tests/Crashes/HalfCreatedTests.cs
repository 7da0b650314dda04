namespace Concordat.Log.Tests;

public sealed class HalfCreatedTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(4095)]
    [InlineData(4096)]
    public void A_half_created_spare_does_not_prevent_the_start(int length)
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.Append("a");
            log.Close();
        }

        disk.Plant(LogFormat.SegmentName(1), new byte[length]);
        using var again = Records.Open(disk, out var replayed);
        Assert.Equal(["1:a"], replayed);
        Assert.True(again.MaintainSpares());
        Fill(again);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(4096)]
    public void A_log_whose_creation_was_cut_is_made_again(int length)
    {
        var disk = new MemoryLogStorage();
        disk.Plant(LogFormat.SegmentName(0), new byte[length]);
        using var log = Records.Open(disk, out var replayed);
        Assert.Empty(replayed);
        Fill(log);
    }

    [Fact]
    public void Stale_bytes_in_a_preallocated_segment_are_not_taken_for_frames()
    {
        var sample = SampleLog.Killed;
        // What might be under a spare: another log's segment, an older segment of this log, noise, this log's frames without header.
        var stale = new List<byte[]> { (byte[])SampleLog.CleanlyStopped.Files[1].Clone(), (byte[])sample.Files[1].Clone(), new byte[4096] };
        new Random(5).NextBytes(stale[2]);
        stale[0].AsSpan(0, LogFormat.SegmentHeaderBytes).Clear();
        stale[1].AsSpan(0, LogFormat.SegmentHeaderBytes).Clear();
        foreach (byte[] content in stale)
        {
            var disk = SampleLog.Disk(sample.Copy());
            disk.Plant(LogFormat.SegmentName(sample.Files.Length), content);
            using (var log = Records.Open(disk, out var replayed))
            {
                Assert.Equal(sample.Expected(sample.Files), replayed);
                Assert.NotNull(log.ErasedTail);
            }

            Assert.DoesNotContain(disk.Snapshot()[LogFormat.SegmentName(sample.Files.Length)], b => b != 0);
        }
    }

    [Fact]
    public void Spares_of_another_size_are_replaced()
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.MaintainSpares();
            log.Append("a");
            log.Close();
        }

        var larger = Records.Small with { SegmentSizeBytes = 8192, MaxRecordBytes = 5000 };
        using (var log = Records.Open(disk, out _, larger))
        {
            Assert.True(log.MaintainSpares());
            log.Append(new string('b', 5000));
            log.Close();
        }

        Assert.Equal(["1:a", "1:" + new string('b', 5000)], Records.Replay(disk));
    }

    [Fact]
    public void A_power_cut_while_spares_of_another_size_are_replaced_leaves_no_gap()
    {
        var larger = Records.Small with { SegmentSizeBytes = 8192, SpareSegments = 3 };
        for (int moment = 1; moment < 12; moment++)
        {
            var disk = new MemoryLogStorage();
            using (var log = Records.Open(disk, Records.Small with { SpareSegments = 3 }))
            {
                log.MaintainSpares();
                log.Append("a");
                log.Close();
            }

            var faulty = new FaultyLogStorage(disk).OnChange(moment, LogFault.Before(() => throw new PowerCutException()));
            var cut = Record.Exception(() =>
            {
                using var log = Records.Open(faulty, larger);
                log.MaintainSpares();
            });
            Assert.NotNull(cut);
            for (int seed = 0; seed < 8; seed++)
                Assert.Equal(["1:a"], Records.Replay(disk.AsIfCrashed(CrashPlan.RandomSectors(seed)), larger));
        }
    }

    [Fact]
    public void Behind_a_recovered_end_there_are_only_zeros()
    {
        var sample = SampleLog.Killed;
        foreach (var frame in sample.Frames.Where(f => f.Position >= sample.LastFlush))
        {
            byte[][] files = sample.Copy();
            files[frame.Segment][sample.OffsetOf(frame) + 4] ^= 1;
            var disk = SampleLog.Disk(files);
            Records.Open(disk).Dispose();
            var after = disk.Snapshot();
            Assert.DoesNotContain(after[LogFormat.SegmentName(frame.Segment)][sample.OffsetOf(frame)..], b => b != 0);
            for (int later = frame.Segment + 1; later < files.Length; later++)
                Assert.DoesNotContain(after[LogFormat.SegmentName(later)], b => b != 0);
        }
    }

    private static void Fill(WriteAheadLog log)
    {
        for (int i = 0; i < 12; i++) log.Append(new string('f', 1000));
        log.Flush(force: true);
    }
}
