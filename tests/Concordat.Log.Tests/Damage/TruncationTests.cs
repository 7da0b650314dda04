namespace Concordat.Log.Tests;

public sealed class TruncationTests
{
    [Fact]
    public void I16_a_tail_cut_or_zeroed_at_any_byte_is_erased_or_damage()
    {
        foreach (var sample in SampleLog.Both)
        {
            for (int file = 0; file < sample.Files.Length; file++)
            {
                int used = sample.Files[file].AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
                for (int at = 0; at <= used + 1; at++)
                {
                    byte[][] cut = sample.Copy();
                    cut[file] = cut[file][..at];
                    if (at > 0) sample.Check(cut, $"file {file} cut at {at}");
                    byte[][] zeroed = sample.Copy();
                    zeroed[file].AsSpan(at).Clear();
                    sample.Check(zeroed, $"file {file} zeroed from {at}");
                }
            }
        }
    }

    [Fact]
    public void I16_the_last_flush_cut_anywhere_loses_nothing_before_it()
    {
        var sample = SampleLog.Killed;
        var safe = sample.Frames.Where(f => f.Record is not null && f.Position < sample.LastFlush).Select(f => f.Record!).ToList();
        foreach (var frame in sample.Frames.Where(f => f.Position >= sample.LastFlush))
        {
            for (int at = 0; at < frame.Bytes.Length; at++)
            {
                byte[][] files = sample.Copy();
                files[frame.Segment].AsSpan(sample.OffsetOf(frame) + at).Clear();
                for (int later = frame.Segment + 1; later < files.Length; later++) files[later].AsSpan().Clear();
                var replayed = Records.Replay(SampleLog.Disk(files));
                Assert.Equal(safe, replayed.Take(safe.Count));
                Assert.True(replayed.Count <= safe.Count + 4);
            }
        }
    }

    [Fact]
    public void I16_a_missing_segment_is_damage_unless_it_was_the_last_flush()
    {
        foreach (var sample in SampleLog.Both)
        {
            for (int file = 1; file < sample.Files.Length; file++)
            {
                byte[][] files = sample.Copy();
                files[file] = [];
                bool lastFlushOnly = sample.Frames.Where(f => f.Segment == file).All(f => f.Position >= sample.LastFlush);
                bool last = file == sample.Files.Length - 1;
                bool undecidable = last && sample.Expected(files) is not null;
                if (undecidable)
                {
                    // The stop mark or the last flush went with its file, and no frame elsewhere attests it.
                    sample.Check(files, $"last file {file} gone");
                    Assert.True(lastFlushOnly || sample == SampleLog.CleanlyStopped);
                    continue;
                }

                Assert.Throws<LogDamagedException>(() => Records.Replay(SampleLog.Disk(files)));
            }
        }
    }
}
