namespace Concordat.Log.Tests;

public sealed class FileLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("concordat-log-").FullName;

    [Fact]
    public void Damage_in_a_real_file_names_it_and_leaves_every_byte_alone()
    {
        string path = Path.Combine(_directory, LogFormat.SegmentName(0));
        using (var log = Records.Open(new FileLogStorage(_directory)))
        {
            log.Append("a");
            log.Append("b");
            log.Close();
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes + 33] ^= 4;
        File.WriteAllBytes(path, bytes);
        var written = File.GetLastWriteTimeUtc(path);
        var e = Assert.Throws<LogDamagedException>(() => Records.Open(new FileLogStorage(_directory)));
        Assert.Equal((path, LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes), (e.Segment, e.Offset));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void A_torn_tail_in_a_real_file_is_erased()
    {
        string path = Path.Combine(_directory, LogFormat.SegmentName(0));
        using (var log = Records.Open(new FileLogStorage(_directory)))
        {
            log.Append("kept");
            log.Flush(force: true);
            log.Append("torn");
            log.Flush(force: true);
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().LastIndexOf("torn"u8)] ^= 4;
        File.WriteAllBytes(path, bytes);
        using var again = Records.Open(new FileLogStorage(_directory), out var replayed);
        Assert.Equal(["1:kept"], replayed);
        Assert.NotNull(again.ErasedTail);
        Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().LastIndexOf("orn"u8));
    }

    [Fact]
    public void Spares_and_removed_segments_are_real_files_of_full_size()
    {
        using var log = Records.Open(new FileLogStorage(_directory));
        Assert.True(log.MaintainSpares());
        log.Append("old");
        var checkpoint = log.StartSegment();
        log.Append("checkpoint");
        log.Flush(force: true);
        log.RemoveBefore(checkpoint);
        Assert.True(log.MaintainSpares());
        var segments = Directory.GetFiles(_directory, "*.seg").Order(StringComparer.Ordinal).ToList();
        Assert.Equal([.. Enumerable.Range(1, 3).Select(n => LogFormat.SegmentName(n))], segments.Select(s => Path.GetFileName(s)));
        Assert.All(segments, s => Assert.Equal(4096, new FileInfo(s).Length));
        Assert.Equal(3 * 4096, log.Statistics().SizeOnDiskBytes);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
