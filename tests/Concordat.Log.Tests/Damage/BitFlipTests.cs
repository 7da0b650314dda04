namespace Concordat.Log.Tests;

public sealed class BitFlipTests
{
    [Fact]
    public void I16_every_flipped_bit_is_damage_or_in_the_last_flush_or_in_free_space()
    {
        foreach (var sample in SampleLog.Both)
        {
            int damages = 0;
            for (int file = 0; file < sample.Files.Length; file++)
            {
                int used = sample.Files[file].AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
                for (int at = 0; at < sample.Files[file].Length; at++)
                {
                    // Free space holds nothing that could be lost: a sample of it is enough (7 meets all alignments).
                    bool free = at >= used + 64;
                    if (free && at % 7 != 0) continue;
                    for (int bit = 0; bit < (free ? 1 : 8); bit++)
                    {
                        byte[][] files = sample.Copy();
                        files[file][at] ^= (byte)(1 << bit);
                        if (sample.Check(files, $"file {file}, byte {at}, bit {bit}")) damages++;
                    }
                }
            }

            Assert.True(damages > 4000, $"only {damages} flips were damage: the sample is not what it was");
        }
    }

    [Fact]
    public void I16_after_a_clean_stop_every_flip_in_a_record_is_damage()
    {
        var sample = SampleLog.CleanlyStopped;
        foreach (var frame in sample.Frames.Where(f => f.Record is not null))
        {
            for (int at = 0; at < frame.Bytes.Length; at++)
            {
                byte[][] files = sample.Copy();
                files[frame.Segment][sample.OffsetOf(frame) + at] ^= 0x10;
                var e = Assert.Throws<LogDamagedException>(() => Records.Replay(SampleLog.Disk(files)));
                Assert.EndsWith(LogFormat.SegmentName(frame.Segment), e.Segment, StringComparison.Ordinal);
                Assert.Equal(sample.OffsetOf(frame), e.Offset);
                Assert.Equal(frame.Position, e.Position.Value);
                Assert.Contains("Nothing was written", e.Message, StringComparison.Ordinal);
            }
        }
    }
}
