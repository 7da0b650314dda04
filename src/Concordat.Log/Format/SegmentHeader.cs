using System.Buffers.Binary;

namespace Concordat.Log;

/// <summary>
/// The first 64 bytes of a segment. A preallocated segment has none: it is written together with the segment's first frames.
/// <code>
///  0  8  magic "CNCDTLOG"    16 16  log identity        40  8  position of the first frame
///  8  4  format version      32  8  segment number      48  8  durable position when it was written
/// 12  4  CRC-32C of the rest                            56  8  size of the segment file
/// </code>
/// </summary>
internal readonly record struct SegmentHeader(Guid Identity, long Number, long FirstPosition, long DurablePosition, long SizeBytes)
{
    private const int VersionAt = 8;
    private const int CrcAt = 12;
    private const int IdentityAt = 16;
    private const int NumberAt = 32;
    private const int PositionAt = 40;
    private const int DurableAt = 48;
    private const int SizeAt = 56;

    private static ReadOnlySpan<byte> Magic => "CNCDTLOG"u8;

    internal void Write(Span<byte> bytes)
    {
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[VersionAt..], LogFormat.Version);
        Identity.TryWriteBytes(bytes[IdentityAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[NumberAt..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[PositionAt..], FirstPosition);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[DurableAt..], DurablePosition);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[SizeAt..], SizeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[CrcAt..], Checksum(bytes));
    }

    /// <summary>Null when the bytes are no header. An intact header of another version is an error of its own.</summary>
    internal static SegmentHeader? Read(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length < LogFormat.SegmentHeaderBytes || !bytes.StartsWith(Magic)) return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]) != Checksum(bytes)) return null;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[VersionAt..]);
        if (version != LogFormat.Version) throw new LogVersionException(file, version);
        return new SegmentHeader(
            new Guid(bytes.Slice(IdentityAt, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[NumberAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[PositionAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[DurableAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[SizeAt..]));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) => Crc32C.Finish(Crc32C.Append(
        Crc32C.Append(Crc32C.Initial, bytes[..CrcAt]), bytes[IdentityAt..LogFormat.SegmentHeaderBytes]));
}
