namespace Concordat.Log;

/// <summary>
/// The highest durable position that anything authentic attests from an offset on. A frame need not be where it belongs to be
/// believed: its checksum says that this log wrote it into this segment, and what was durable once must still be there.
/// </summary>
internal static class Evidence
{
    internal static long HighestDurable(SegmentImage image, int offset, Guid identity)
    {
        var bytes = image.Bytes;
        long highest = 0;
        if (offset < LogFormat.SegmentHeaderBytes)
        {
            if (image.Header is { } header && header.Identity == identity) highest = header.DurablePosition;
            offset = LogFormat.SegmentHeaderBytes;
        }

        uint seed = Frame.Seed(identity, image.Number);
        while (offset + LogFormat.FrameHeaderBytes <= bytes.Length)
        {
            if (Frame.TryRead(bytes[offset..], seed, out var frame, out _))
            {
                highest = Math.Max(highest, frame.DurablePosition);
                offset += frame.Bytes;
            }
            else
            {
                offset += LogFormat.Alignment;
            }
        }

        return highest;
    }
}
