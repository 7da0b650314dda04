using System.Buffers.Binary;

namespace Concordat.Log.Oracle;

/// <summary>The first 64 bytes of a segment, once magic and CRC are right; the version may be one that this reader does not know.</summary>
internal sealed record OracleHeader(uint Version, Guid Identity, long Number, long FirstPosition, long DurablePosition, long FileSize)
{
    internal const int Size = 64;

    internal static OracleHeader? In(OracleSegment segment)
    {
        if (segment.Bytes.Length < Size)
        {
            return null;
        }

        var all = segment.Bytes[..Size];
        var bytes = all.Span;
        if (!bytes[..8].SequenceEqual("CNCDTLOG"u8)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != OracleCrc.Of(all[..12], all[16..]))
        {
            return null;
        }

        return new OracleHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            new Guid(bytes.Slice(16, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]));
    }
}
