namespace Concordat.Log;

/// <summary>
/// Completes staged frames just before they are written, because only then it is known what is durable; and checks each against the
/// rules of the log: positions rise without gap, the chain is unbroken, no frame leaves its segment.
/// </summary>
internal sealed class FrameSealer(Guid identity, long position, uint lastCrc)
{
    internal long Position { get; private set; } = position;

    internal uint LastCrc { get; private set; } = lastCrc;

    internal void Seal(StagedPart part, Span<byte> bytes, long durable, int segmentSize)
    {
        LogInvariantException.Require(part.Position == Position, "staged bytes continue what was written");
        LogInvariantException.Require(durable <= Position, "nothing is durable before it is written");
        int offset = 0;
        if (part.IsNew)
        {
            new SegmentHeader(identity, part.Segment, Position, durable, segmentSize).Write(bytes);
            offset = LogFormat.SegmentHeaderBytes;
        }

        uint seed = Frame.Seed(identity, part.Segment);
        while (offset < bytes.Length)
        {
            int length = Frame.StagedBytes(bytes[offset..]);
            LogInvariantException.Require(length >= LogFormat.FrameHeaderBytes && length <= bytes.Length - offset, "staged frames are whole");
            LastCrc = Frame.Seal(bytes.Slice(offset, length), seed, LastCrc, Position, durable);
            Position += length;
            offset += length;
        }
    }
}
