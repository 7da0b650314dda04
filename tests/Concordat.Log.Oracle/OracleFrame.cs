using System.Buffers.Binary;

namespace Concordat.Log.Oracle;

/// <summary>A frame whose magic and CRC are right and that does not claim to be durable itself. Whether it is in its right place is for the caller to ask.</summary>
public sealed record OracleFrame(
    byte Type, uint Crc, uint PreviousCrc, long Position, long DurablePosition, ReadOnlyMemory<byte> Payload, int Size)
{
    private const int HeaderSize = 32;

    /// <summary>00–EF are records; FE and FF are marks.</summary>
    public bool IsRecord => Type < 0xF0;

    internal static OracleFrame? At(OracleSegment segment, int offset, Guid identity)
    {
        if (segment.Bytes.Length - offset < HeaderSize)
        {
            return null;
        }

        var rest = segment.Bytes[offset..];
        var bytes = rest.Span;
        if (bytes[0] != 0xF7 || bytes[1] != 0x43 || bytes[2] != 0x4C)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        var size = HeaderSize + (((long)length + 7) / 8 * 8);
        if (size > rest.Length)
        {
            return null;
        }

        var owner = new byte[24];
        identity.TryWriteBytes(owner, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(owner.AsSpan(16), segment.Number);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (crc != OracleCrc.Of(owner, rest[..4], rest[8..(int)size]))
        {
            return null;
        }

        var position = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        var durable = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        if (durable < 0 || durable > position)
        {
            return null;
        }

        return new OracleFrame(
            bytes[3],
            crc,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            position,
            durable,
            rest.Slice(HeaderSize, (int)length),
            (int)size);
    }
}
