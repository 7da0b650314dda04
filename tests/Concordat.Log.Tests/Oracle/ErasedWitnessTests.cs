using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

public sealed class ErasedWitnessTests
{
    /// <summary>
    /// A cut flush leaves the header of the segment that it began, and not the frames before it. The header says how far the log was durable,
    /// but it goes with the tail: who stops cleanly or goes idle afterwards has to write a new witness.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void I16_a_header_that_was_erased_with_the_tail_attests_nothing_any_more(bool stops)
    {
        var disk = new MemoryLogStorage();
        using (var log = Records.Open(disk))
        {
            log.Append("durable");
            log.Flush(force: true);
            log.Append("lost");
            log.StartSegment();
            log.Append("in the next segment");
            log.Flush(force: false);
        }

        byte[] first = disk.Snapshot()[LogFormat.SegmentName(0)];
        int record = LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes;
        first.AsSpan(record + LogFormat.FrameBytes("durable".Length)).Clear();
        disk.Plant(LogFormat.SegmentName(0), first);
        using (var log = Records.Open(disk))
        {
            Assert.NotNull(log.ErasedTail);
            log.MaintainSpares();
            if (stops) log.Close();
            else log.WriteMark();
        }

        var judged = Assert.IsType<OracleJudgement.Sound>(Verdicts.Of(disk));
        Assert.Equal(stops ? LogFormat.StopMark : LogFormat.IdleMark, judged.Frames[^1].Frame.Type);
        first = disk.Snapshot()[LogFormat.SegmentName(0)];
        first[record + 32] ^= 1;
        disk.Plant(LogFormat.SegmentName(0), first);
        Assert.IsType<OracleJudgement.Damaged>(Verdicts.MustAgree(disk, "the durable record flipped"));
    }
}
