using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

/// <summary>Every small change of a small log of four segments: the code's verdict is the document's, and one that I16 allows.</summary>
public sealed class ChangedLogTests
{
    public static TheoryData<bool> CleanlyStopped => [true, false];

    [Theory]
    [MemberData(nameof(CleanlyStopped))]
    public void I16_any_flipped_bit_is_judged_by_the_document(bool cleanly)
    {
        var sample = Sample(cleanly);
        var found = new Justification(sample.Files);
        for (int file = 0; file < sample.Files.Length; file++)
        {
            int used = sample.Files[file].AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (int at = 0; at < sample.Files[file].Length; at += at < used + 40 ? 1 : 61)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    byte[][] files = sample.Copy();
                    files[file][at] ^= (byte)(1 << bit);
                    Judge(found, files, $"file {file}, byte {at}, bit {bit}");
                }
            }
        }

        Expect(found, detected: 3000, erased: 200, harmless: 500);
        Assert.Equal(0, found.Unwitnessed);
    }

    [Theory]
    [MemberData(nameof(CleanlyStopped))]
    public void I16_a_cut_at_any_byte_is_judged_by_the_document(bool cleanly)
    {
        var sample = Sample(cleanly);
        var found = new Justification(sample.Files);
        for (int file = 0; file < sample.Files.Length; file++)
        {
            int used = sample.Files[file].AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (int at = 0; at <= used + 8; at++)
            {
                byte[][] files = sample.Copy();
                files[file] = files[file][..at];
                Judge(found, files, $"file {file} ends at {at}");
                files = sample.Copy();
                files[file].AsSpan(at).Clear();
                Judge(found, files, $"file {file} is zero from {at}");
                // Of this flush and all later ones nothing more was written: later files are as they were made.
                for (int later = file + 1; later < files.Length; later++) files[later].AsSpan().Clear();
                Judge(found, files, $"everything is zero from byte {at} of file {file}");
            }
        }

        Expect(found, detected: 500, erased: 60, harmless: 20);
    }

    [Theory]
    [MemberData(nameof(CleanlyStopped))]
    public void I16_any_frame_that_is_missing_doubled_moved_or_written_over_is_judged_by_the_document(bool cleanly)
    {
        var sample = Sample(cleanly);
        var found = new Justification(sample.Files);
        var frames = sample.Frames.Select(f => (f.Segment, Frame: f.Bytes)).ToList();
        for (int i = 0; i < frames.Count; i++)
        {
            Judge(found, sample.Rebuild(frames.Where((_, at) => at != i)), $"frame {i} dropped");
            Judge(found, sample.Rebuild(frames.Take(i + 1).Concat(frames.Skip(i))), $"frame {i} doubled");
            byte[][] hole = sample.Copy();
            hole[frames[i].Segment].AsSpan(sample.OffsetOf(sample.Frames[i]), frames[i].Frame.Length).Clear();
            Judge(found, hole, $"frame {i} zeroed");
            for (int j = 0; j < frames.Count; j++)
            {
                if (i == j) continue;
                var swapped = frames.ToList();
                (swapped[i], swapped[j]) = ((frames[i].Segment, frames[j].Frame), (frames[j].Segment, frames[i].Frame));
                Judge(found, sample.Rebuild(swapped), $"frames {i} and {j} swapped");
                byte[][] over = sample.Copy();
                // Not over the neighbour too: the last record and the mark that attests it would be two faults.
                int length = Math.Min(frames[i].Frame.Length, frames[j].Frame.Length);
                frames[i].Frame.AsSpan(0, length).CopyTo(over[frames[j].Segment].AsSpan(sample.OffsetOf(sample.Frames[j])));
                Judge(found, over, $"frame {i} written over frame {j}");
            }
        }

        Expect(found, detected: 200, erased: 6, harmless: 0);
    }

    [Theory]
    [MemberData(nameof(CleanlyStopped))]
    public void I16_any_segment_that_is_missing_emptied_or_taken_for_another_is_judged_by_the_document(bool cleanly)
    {
        var sample = Sample(cleanly);
        var stranger = Sample(!cleanly);
        var found = new Justification(sample.Files);
        for (int i = 0; i < sample.Files.Length; i++)
        {
            Change(i, new byte[sample.Files[i].Length], "zeroed");
            Change(i, [0], "of one byte");
            if (i > 0) Change(i, null, "gone");
            Change(i, stranger.Files[i], "of another log");
            byte[] headless = sample.Copy()[i];
            headless.AsSpan(0, LogFormat.SegmentHeaderBytes).Clear();
            Change(i, headless, "without header");
            for (int j = 0; j < sample.Files.Length; j++)
            {
                if (i == j) continue;
                Change(i, sample.Files[j], $"a copy of {j}");
                byte[][] swapped = sample.Copy();
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                Judge(found, swapped, $"segments {i} and {j} swapped");
            }
        }

        Expect(found, detected: 30, erased: 0, harmless: 0);

        void Change(int segment, byte[]? content, string what)
        {
            byte[]?[] files = sample.Copy();
            files[segment] = content;
            Judge(found, files, $"segment {segment} is {what}");
        }
    }

    /// <summary>The limit that the document names: nothing tells a removal by the log from one by somebody else.</summary>
    [Fact]
    public void A_log_whose_lowest_segments_were_taken_away_whole_begins_later()
    {
        byte[]?[] files = SampleLog.Killed.Copy();
        files[0] = null;
        var judged = Assert.IsType<OracleJudgement.Sound>(Verdicts.MustAgree(Verdicts.Disk(files), "segment 0 is gone"));
        Assert.Equal(1, judged.Frames[0].Place.Segment);
    }

    private static SampleLog Sample(bool cleanly) => cleanly ? SampleLog.CleanlyStopped : SampleLog.Killed;

    private static void Judge(Justification found, byte[]?[] files, string what) =>
        found.Add(Verdicts.MustAgree(Verdicts.Disk(files), what), files, what);

    private static void Expect(Justification found, int detected, int erased, int harmless) =>
        Assert.True(found.Detected >= detected && found.Erased >= erased && found.Harmless >= harmless,
            $"the sample is not what it was: {found.Detected} detected, {found.Erased} erased, {found.Harmless} harmless, {found.Unwitnessed} unwitnessed");
}
