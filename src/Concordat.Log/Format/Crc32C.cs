using System.Buffers.Binary;
using System.Numerics;

namespace Concordat.Log;

/// <summary>CRC-32C (Castagnoli), the processor's own instruction where it has one. Start with Initial, end with Finish.</summary>
internal static class Crc32C
{
    internal const uint Initial = 0xFFFFFFFF;

    internal static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes) state = BitOperations.Crc32C(state, b);
        return state;
    }

    internal static uint Finish(uint state) => ~state;
}
