namespace Concordat.Log.Tests;

public sealed class SegmentOrderTests
{
    [Fact]
    public void Two_segments_with_exchanged_names_are_damage()
    {
        var sample = SampleLog.CleanlyStopped;
        for (int i = 0; i < sample.Files.Length; i++)
        {
            for (int j = i + 1; j < sample.Files.Length; j++)
            {
                byte[][] files = sample.Copy();
                (files[i], files[j]) = (files[j], files[i]);
                Assert.Throws<LogDamagedException>(() => Records.Replay(SampleLog.Disk(files)));
            }
        }
    }

    [Fact]
    public void A_segment_of_another_log_is_damage_and_says_so()
    {
        byte[][] files = SampleLog.CleanlyStopped.Copy();
        files[1] = SampleLog.Killed.Copy()[1];
        var e = Assert.Throws<LogDamagedException>(() => Records.Replay(SampleLog.Disk(files)));
        Assert.Contains("another log", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_whose_only_segment_lost_its_header_is_not_made_anew()
    {
        var disk = new MemoryLogStorage();
        Records.Open(disk).Dispose();
        byte[] file = disk.Snapshot()[LogFormat.SegmentName(0)];
        file.AsSpan(0, LogFormat.SegmentHeaderBytes).Clear();
        disk.Plant(LogFormat.SegmentName(0), file);
        Assert.Throws<LogDamagedException>(() => Records.Open(disk));
    }

    [Fact]
    public void A_log_of_which_only_spares_are_left_is_damage()
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk)) log.MaintainSpares();
        disk.Uproot(LogFormat.SegmentName(0));
        Assert.Throws<LogDamagedException>(() => Records.Open(disk));
    }

    [Fact]
    public void A_missing_first_segment_shows_in_the_position_of_the_first_record()
    {
        byte[][] files = SampleLog.CleanlyStopped.Copy();
        files[0] = [];
        var positions = new List<long>();
        using var log = WriteAheadLog.Open(SampleLog.Disk(files), Records.Small, (position, _, _) => positions.Add(position.Value));
        Assert.Equal(SampleLog.CleanlyStopped.Frames.First(f => f.Segment == 1).Position, positions[0]);
    }

    [Fact]
    public void A_newer_format_version_is_an_error_of_its_own()
    {
        byte[][] files = SampleLog.CleanlyStopped.Copy();
        files[0][8] = 2;
        // The checksum as a writer of version 2 would make it.
        uint crc = Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Initial, files[0].AsSpan(0, 12)), files[0].AsSpan(16, 48)));
        BitConverter.TryWriteBytes(files[0].AsSpan(12), crc);
        Assert.Equal(2u, Assert.Throws<LogVersionException>(() => Records.Open(SampleLog.Disk(files))).Version);
    }

    [Fact]
    public void Foreign_files_in_the_directory_hinder_nobody()
    {
        var disk = SampleLog.Disk(SampleLog.CleanlyStopped.Copy());
        foreach (string name in (string[])["lock", "notes.txt", "0.seg", "000000000000000G.seg", "00000000000000AA.seg"]) disk.Plant(name, [1]);
        Assert.Equal(SampleLog.CleanlyStopped.Expected(SampleLog.CleanlyStopped.Files), Records.Replay(disk));
    }
}
