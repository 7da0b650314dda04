namespace Concordat.Log;

/// <summary>
/// The highest durable position above a floor that anything authentic attests from an offset on; the floor itself when there is none. A
/// frame need not be where it belongs to be believed: its checksum says that this log wrote it into this segment, and what was durable
/// once must still be there.
/// </summary>
internal static class Evidence
{
    internal static long HighestDurable(SegmentImage image, int offset, Guid identity, long floor, long ceiling)
    {
        var bytes = image.Bytes;
        long highest = floor;
        if (offset < LogFormat.SegmentHeaderBytes)
        {
            if (image.Header is { } header && header.Identity == identity) highest = Math.Max(highest, header.DurablePosition);
            offset = LogFormat.SegmentHeaderBytes;
        }

        uint seed = Frame.Seed(identity, image.Number);
        for (; offset + LogFormat.FrameHeaderBytes <= bytes.Length; offset += LogFormat.Alignment)
        {
            if (Frame.ClaimsToAttest(bytes[offset..], highest, ceiling) && Frame.TryRead(bytes[offset..], seed, out var frame, out _))
                highest = frame.DurablePosition;
        }

        return highest;
    }
}
