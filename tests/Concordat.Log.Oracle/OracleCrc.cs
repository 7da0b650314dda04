namespace Concordat.Log.Oracle;

/// <summary>CRC-32C with a table of 256 entries, made here from the reflected polynomial: neither the platform's nor the product's.</summary>
public static class OracleCrc
{
    private const uint Reflected = 0x82F63B78;
    private static readonly uint[] _table = MakeTable();

    /// <summary>The CRC over the pieces, as if they stood behind one another.</summary>
    public static uint Of(params ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var piece in pieces)
        {
            foreach (var b in piece.Span)
            {
                crc = _table[(crc ^ b) & 0xFF] ^ (crc >> 8);
            }
        }

        return crc ^ 0xFFFFFFFFu;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ Reflected : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
