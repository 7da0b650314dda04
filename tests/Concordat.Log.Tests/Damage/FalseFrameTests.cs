using System.Buffers.Binary;

namespace Concordat.Log.Tests;

public sealed class FalseFrameTests
{
    [Fact]
    public void A_frame_of_an_erased_future_at_the_right_place_does_not_continue_the_log()
    {
        // Two futures of the same log: in one, "x" and then "old" at a position; in the other "y" of the same length.
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.Append("a");
            log.Flush(force: true);
        }

        var other = disk.AsIfCrashed(CrashPlan.LoseUnsynced);
        long begin, end;
        using (var log = Records.Open(disk))
        {
            begin = log.Append("x").Value + LogFormat.SegmentHeaderBytes;
            end = log.Append("old").Value + LogFormat.SegmentHeaderBytes;
            log.Flush(force: true);
        }

        using (var log = Records.Open(other))
        {
            log.Append("y");
            log.Flush(force: true);
        }

        string name = LogFormat.SegmentName(0);
        byte[] file = other.Snapshot()[name];
        disk.Snapshot()[name].AsSpan((int)begin..(int)end).CopyTo(file.AsSpan((int)begin));
        other.Plant(name, file);
        Assert.Equal(["1:a", "1:y"], Records.Replay(other));
    }

    [Fact]
    public void Records_that_contain_frames_of_the_same_log_change_nothing()
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.Append("inner");
            log.Flush(force: true);
            byte[] copy = disk.Snapshot()[LogFormat.SegmentName(0)][..200];
            log.Append(2, copy);
            log.Flush(force: true);
            log.Append(3, copy);
            log.Flush(force: true);
        }

        byte[] file = disk.Snapshot()[LogFormat.SegmentName(0)];
        int last = file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xF7, 0x43, 0x4C, 3]);
        file[last + 8] ^= 1;
        disk.Plant(LogFormat.SegmentName(0), file);
        Assert.Equal(2, Records.Replay(disk).Count);
    }

    [Fact]
    public void A_torn_record_full_of_false_frames_does_not_make_recovery_slow()
    {
        var options = new LogOptions { SegmentSizeBytes = 8 * 1024 * 1024, MaxRecordBytes = 7 * 1024 * 1024 };
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk, options))
        {
            byte[] payload = new byte[6 * 1024 * 1024];
            // At every 8 bytes: the magic, and (from the word behind) a length of 5 MB and equal positions.
            for (int at = 0; at + 8 <= payload.Length; at += 8)
                BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(at), 0x00000001_004C43F7);

            log.Append(1, payload);
            log.Flush(force: true);
        }

        byte[] file = disk.Snapshot()[LogFormat.SegmentName(0)];
        file[LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes + 4] ^= 1;
        disk.Plant(LogFormat.SegmentName(0), file);
        var elapsed = System.Diagnostics.Stopwatch.StartNew();
        Assert.Empty(Records.Replay(disk, options));
        // 390,000 checksums over 5 MB each would take minutes.
        Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(10), $"took {elapsed.Elapsed}");
    }
}
