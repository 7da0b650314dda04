namespace Concordat.Log.Tests;

/// <summary>
/// Logs written by earlier builds, read for ever. CONCORDAT_WRITE_GOLDEN=folder writes the present version's (into a folder that must not
/// exist: what is committed is never rewritten).
/// </summary>
public sealed class GoldenLogTests
{
    private static readonly string[] Expected =
    [
        "1:first record", "2:", "3:" + new string('k', 200), "4:in the second segment", "239:highest type of a record", "5:the last flush",
    ];

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "Golden", "v1"))
        .Select(d => Path.GetFileName(d))];

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_log_of_version_1_is_read_and_continued(string kind)
    {
        var disk = new MemoryLogStorage();
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "v1", kind)))
            disk.Plant(Path.GetFileName(file), File.ReadAllBytes(file));
        string[] expected = kind == "torn" ? Expected[..^1] : Expected;
        using (var log = Records.Open(disk, out var replayed))
        {
            Assert.Equal(expected, replayed);
            Assert.Equal(kind == "torn", log.ErasedTail is not null);
            Assert.NotEqual(Guid.Empty, log.Identity);
            log.Append("new");
            log.Close();
        }

        Assert.Equal([.. expected, "1:new"], Records.Replay(disk));
    }

    [Fact]
    public void The_golden_logs_are_there() => Assert.Equal(["clean", "killed", "torn"], Versions.Select(v => v.Data).Order(StringComparer.Ordinal));

    [Fact]
    public void The_present_build_writes_a_log_that_reads_the_same()
    {
        string? folder = Environment.GetEnvironmentVariable("CONCORDAT_WRITE_GOLDEN");
        foreach (string kind in (string[])["clean", "killed", "torn"])
        {
            var disk = new MemoryLogStorage();
            using (var log = Records.Open(disk))
            {
                Write(log);
                if (kind == "clean") log.Close();
            }

            if (kind == "torn")
            {
                byte[] last = disk.Snapshot()[LogFormat.SegmentName(1)];
                last[last.AsSpan().LastIndexOfAnyExcept((byte)0)] ^= 0xFF;
                disk.Plant(LogFormat.SegmentName(1), last);
            }

            if (folder is not null)
            {
                string target = Path.Combine(folder, kind);
                Assert.False(Directory.Exists(target), $"{target} exists; golden logs are never rewritten");
                Directory.CreateDirectory(target);
                foreach (var (name, bytes) in disk.Snapshot()) File.WriteAllBytes(Path.Combine(target, name), bytes);
            }

            Assert.Equal(kind == "torn" ? Expected[..^1] : Expected, Records.Replay(disk));
        }
    }

    private static void Write(WriteAheadLog log)
    {
        log.Append("first record");
        log.Append("", 2);
        log.Append(new string('k', 200), 3);
        log.Flush(force: true);
        log.WriteMark();
        log.StartSegment();
        log.Append("in the second segment", 4);
        log.Flush(force: true);
        log.Append("highest type of a record", LogFormat.FirstReservedType - 1);
        log.Flush(force: true);
        log.Append("the last flush", 5);
        log.Flush(force: true);
    }
}
