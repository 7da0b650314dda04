namespace Concordat.Log.Tests;

public sealed class FrameOrderTests
{
    [Fact]
    public void I16_a_dropped_frame_never_goes_unnoticed()
    {
        foreach (var sample in SampleLog.Both)
        {
            for (int i = 0; i < sample.Frames.Count; i++)
                sample.Check(sample.Rebuild(All(sample).Where((_, at) => at != i)), $"frame {i} dropped");
        }
    }

    [Fact]
    public void I16_a_doubled_frame_never_goes_unnoticed()
    {
        foreach (var sample in SampleLog.Both)
        {
            for (int i = 0; i < sample.Frames.Count; i++)
            {
                var frames = All(sample).ToList();
                frames.Insert(i, frames[i]);
                sample.Check(sample.Rebuild(frames), $"frame {i} doubled");
            }
        }
    }

    [Fact]
    public void I16_two_swapped_frames_never_go_unnoticed()
    {
        foreach (var sample in SampleLog.Both)
        {
            for (int i = 0; i < sample.Frames.Count; i++)
            {
                for (int j = i + 1; j < sample.Frames.Count; j++)
                {
                    var frames = All(sample).ToList();
                    (frames[i], frames[j]) = ((frames[i].Segment, frames[j].Frame), (frames[j].Segment, frames[i].Frame));
                    sample.Check(sample.Rebuild(frames), $"frames {i} and {j} swapped");
                }
            }
        }
    }

    [Fact]
    public void I16_a_frame_overwritten_by_any_other_never_goes_unnoticed()
    {
        foreach (var sample in SampleLog.Both)
        {
            foreach (var victim in sample.Frames)
            {
                foreach (var other in sample.Frames.Where(o => o != victim))
                {
                    byte[][] files = sample.Copy();
                    other.Bytes.CopyTo(files[victim.Segment].AsSpan(sample.OffsetOf(victim)));
                    sample.Check(files, $"frame at {victim.Position} overwritten by that of {other.Position}");
                }
            }
        }
    }

    private static IEnumerable<(int Segment, byte[] Frame)> All(SampleLog sample) => sample.Frames.Select(f => (f.Segment, f.Bytes));
}
