using System.Buffers.Binary;

namespace Concordat.Log;

/// <summary>
/// One frame. It verifies alone: its checksum begins with the log's identity and the segment's number, so neither another log's
/// frame nor one of another segment passes.
/// <code>
///  0  3  magic F7 43 4C        8  4  payload length        16  8  position (where this frame begins)
///  3  1  type                 12  4  previous frame's CRC   24  8  durable position when it was written
///  4  4  CRC-32C                                           32  …  payload, zero padding to a multiple of 8
/// </code>
/// </summary>
internal readonly record struct Frame(byte Type, int PayloadBytes, uint Crc, uint PreviousCrc, long Position, long DurablePosition)
{
    private const uint Magic = 0x004C43F7; // little-endian F7 43 4C
    private const uint MagicMask = 0x00FFFFFF;
    private const int CrcAt = 4;
    private const int LengthAt = 8;
    private const int PreviousCrcAt = 12;
    private const int PositionAt = 16;
    private const int DurableAt = 24;

    internal int Bytes => LogFormat.FrameBytes(PayloadBytes);

    internal long End => Position + Bytes;

    internal bool IsMark => Type >= LogFormat.FirstReservedType;

    /// <summary>The part of every checksum that all frames of a segment share.</summary>
    internal static uint Seed(Guid identity, long segment)
    {
        Span<byte> bytes = stackalloc byte[24];
        identity.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], segment);
        return Crc32C.Append(Crc32C.Initial, bytes);
    }

    /// <summary>What is known when a record is staged; the rest comes when it is sealed for its segment.</summary>
    internal static void Stage(Span<byte> frame, byte type, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic | ((uint)type << 24));
        BinaryPrimitives.WriteInt32LittleEndian(frame[LengthAt..], payload.Length);
        payload.CopyTo(frame[LogFormat.FrameHeaderBytes..]);
        frame[(LogFormat.FrameHeaderBytes + payload.Length)..].Clear();
    }

    internal static int StagedBytes(ReadOnlySpan<byte> frame) =>
        LogFormat.FrameBytes(BinaryPrimitives.ReadInt32LittleEndian(frame[LengthAt..]));

    /// <summary>Completes a staged frame and returns its CRC.</summary>
    internal static uint Seal(Span<byte> frame, uint seed, uint previousCrc, long position, long durable)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame[PreviousCrcAt..], previousCrc);
        BinaryPrimitives.WriteInt64LittleEndian(frame[PositionAt..], position);
        BinaryPrimitives.WriteInt64LittleEndian(frame[DurableAt..], durable);
        uint crc = Checksum(frame, seed);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[CrcAt..], crc);
        return crc;
    }

    /// <summary>
    /// Whether these bytes claim to be a frame that attests more than <paramref name="floor"/>, at a position up to <paramref name="ceiling"/>.
    /// Costs nothing, unlike the checksum: payloads made of false frames must not make a search slow.
    /// </summary>
    internal static bool ClaimsToAttest(ReadOnlySpan<byte> bytes, long floor, long ceiling)
    {
        if ((BinaryPrimitives.ReadUInt32LittleEndian(bytes) & MagicMask) != Magic) return false;
        long durable = BinaryPrimitives.ReadInt64LittleEndian(bytes[DurableAt..]);
        long position = BinaryPrimitives.ReadInt64LittleEndian(bytes[PositionAt..]);
        return durable > floor && durable <= position && position <= ceiling;
    }

    /// <summary>Reads the frame that <paramref name="bytes"/> begins with, or says why there is none. Neighbours are not looked at.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, uint seed, out Frame frame, out string problem)
    {
        frame = default;
        problem = "";
        if (bytes.Length < LogFormat.FrameHeaderBytes) return Fail("no room for a frame header", out problem);
        uint head = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if ((head & MagicMask) != Magic) return Fail("no frame begins here", out problem);
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]);
        if (length < 0 || length > bytes.Length - LogFormat.FrameHeaderBytes || LogFormat.FrameBytes(length) > bytes.Length)
            return Fail("the frame's length runs beyond its segment", out problem);
        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]);
        if (Checksum(bytes[..LogFormat.FrameBytes(length)], seed) != crc) return Fail("the frame's checksum does not match", out problem);
        frame = new Frame(
            (byte)(head >> 24),
            length,
            crc,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[PreviousCrcAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[PositionAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[DurableAt..]));
        if (frame.DurablePosition < 0 || frame.DurablePosition > frame.Position)
            return Fail("the frame claims a durable position beyond itself", out problem);
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame, uint seed) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(seed, frame[..CrcAt]), frame[LengthAt..]));

    private static bool Fail(string text, out string problem)
    {
        problem = text;
        return false;
    }
}
