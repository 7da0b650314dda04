namespace Concordat.Log.Tests;

public sealed class InspectorTests
{
    [Fact]
    public void Every_frame_of_a_sound_log_is_shown_with_its_place()
    {
        foreach (var sample in SampleLog.Both)
        {
            var items = LogInspector.Inspect(SampleLog.Disk(sample.Files)).ToList();
            Assert.Equal(LogCondition.Sound, Assert.IsType<LogVerdictItem>(items[^1]).Condition);
            Assert.Equal(
                sample.Frames.Select(f => (LogFormat.SegmentName(f.Segment), (long)sample.OffsetOf(f), f.Position, f.Durable)),
                items.OfType<LogFrameItem>().Select(f => (f.Segment, f.Offset, f.Position.Value, f.DurablePosition.Value)));
            Assert.All(items.OfType<LogFrameItem>(), f => Assert.Null(f.Problem));
            Assert.Equal(sample.Files.Length, items.OfType<LogSegmentItem>().Count());
            Assert.DoesNotContain(items, i => i is LogBadRegionItem or LogHeaderlessItem);
        }
    }

    [Fact]
    public void Of_a_damaged_log_everything_but_the_damage_is_shown_and_nothing_is_written()
    {
        var sample = SampleLog.CleanlyStopped;
        for (int i = 0; i < sample.Frames.Count - 1; i++)
        {
            var victim = sample.Frames[i];
            byte[][] files = sample.Copy();
            files[victim.Segment][sample.OffsetOf(victim) + 20] ^= 1;
            var disk = new FaultyLogStorage(SampleLog.Disk(files));
            var items = LogInspector.Inspect(disk).ToList();
            Assert.Equal(0, disk.Changes);
            Assert.Equal(0, disk.Calls(LogOperation.Lock));
            Assert.Equal(sample.Frames.Count - 1, items.OfType<LogFrameItem>().Count());
            var region = Assert.Single(items.OfType<LogBadRegionItem>());
            Assert.Equal(sample.OffsetOf(victim), region.Offset);
            // At the end of a segment the zeros that end the frame cannot be told from free space.
            bool lastOfSegment = sample.Frames[i + 1].Segment != victim.Segment;
            Assert.Equal(lastOfSegment ? victim.Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1 : victim.Bytes.Length, region.Length);
            var verdict = Assert.IsType<LogVerdictItem>(items[^1]);
            Assert.Equal((LogCondition.Damaged, region.Offset), (verdict.Condition, verdict.Offset));
        }
    }

    [Fact]
    public void Frames_behind_a_lost_header_are_shown_by_the_identity_of_the_other_segments()
    {
        var sample = SampleLog.CleanlyStopped;
        byte[][] files = sample.Copy();
        files[1][3] ^= 1;
        var items = LogInspector.Inspect(SampleLog.Disk(files)).ToList();
        Assert.Equal(sample.Frames.Count, items.OfType<LogFrameItem>().Count());
        Assert.Equal(LogFormat.SegmentName(1), Assert.Single(items.OfType<LogHeaderlessItem>()).Segment);
    }

    [Fact]
    public void A_torn_tail_is_shown_as_such()
    {
        var sample = SampleLog.Killed;
        byte[][] files = sample.Copy();
        var first = sample.Frames.First(f => f.Position == sample.LastFlush);
        files[first.Segment][sample.OffsetOf(first)] = 0;
        var verdict = Assert.IsType<LogVerdictItem>(LogInspector.Inspect(SampleLog.Disk(files)).Last());
        Assert.Equal((LogCondition.TornTail, first.Position), (verdict.Condition, verdict.Position.Value));
    }

    [Fact]
    public void An_empty_place_and_spares_are_shown_as_such()
    {
        var disk = new MemoryLogStorage();
        Assert.Equal(LogCondition.Empty, Assert.IsType<LogVerdictItem>(Assert.Single(LogInspector.Inspect(disk))).Condition);
        using var log = Records.Open(disk);
        log.MaintainSpares();
        Assert.Equal(2, LogInspector.Inspect(disk).OfType<LogSpareItem>().Count());
    }
}
