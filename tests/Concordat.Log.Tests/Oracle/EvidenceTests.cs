using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

public sealed class EvidenceTests
{
    /// <summary>
    /// One flush fills segment 1 and goes on in segment 2, another follows there. Segment 1 loses its end: the only witness is the second
    /// flush's frame, at a position further on than all the bytes that are left.
    /// </summary>
    [Fact]
    public void I16_a_witness_is_heard_however_short_the_files_before_it_have_become()
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.StartSegment();
            for (int i = 0; i < 6; i++) log.Append(new string('a', 900));
            log.Flush(force: true);
            log.Append("witness");
            log.Flush(force: true);
        }

        string name = LogFormat.SegmentName(1);
        disk.Plant(name, disk.Snapshot()[name][..LogFormat.SegmentHeaderBytes]);
        Assert.IsType<OracleJudgement.Damaged>(Verdicts.MustAgree(disk, "segment 1 ends behind its header"));
    }

    /// <summary>What is in the place of a spare is erased at the start. Not if it is somebody's: a misplaced file must be looked at.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_header_that_cannot_be_here_is_damage_in_any_later_file(int kind)
    {
        var sample = SampleLog.Killed;
        byte[] misplaced = kind switch
        {
            0 => SampleLog.CleanlyStopped.Files[1],
            1 => sample.Files[1],
            _ => Moved(sample.Files[1], 5),
        };
        var disk = SampleLog.Disk(sample.Copy());
        disk.Plant(LogFormat.SegmentName(4), new byte[4096]);
        disk.Plant(LogFormat.SegmentName(5), misplaced);
        var judged = Assert.IsType<OracleJudgement.Damaged>(Verdicts.MustAgree(disk, $"kind {kind}"));
        Assert.Equal(new OraclePlace(5, 0), judged.Place);
    }

    [Fact]
    public void A_first_segment_without_header_is_named_and_not_the_one_behind_it_that_holds_the_bytes()
    {
        byte[][] files = SampleLog.Killed.Copy();
        files[0].AsSpan().Clear();
        var judged = Assert.IsType<OracleJudgement.Damaged>(Verdicts.MustAgree(Verdicts.Disk(files), "segment 0 is zeroed"));
        Assert.Equal(new OraclePlace(0, 0), judged.Place);
    }

    private static byte[] Moved(byte[] segment, byte number)
    {
        byte[] moved = (byte[])segment.Clone();
        moved[32] = number;
        BitConverter.TryWriteBytes(moved.AsSpan(12), OracleCrc.Of(moved.AsMemory(0, 12), moved.AsMemory(16, 48)));
        return moved;
    }
}
