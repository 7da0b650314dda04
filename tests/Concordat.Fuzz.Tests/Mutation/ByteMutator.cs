using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Mutation;

internal static class ByteMutator
{
    /// <summary>Bytes where decoders go wrong: halves and overlong forms of UTF-8, controls, ends of ranges.</summary>
    private static readonly byte[] Telling = [0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xed, 0xf4, 0xf5, 0xfe, 0xff];

    public static byte[] Change(Dice dice, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return dice.Bytes(dice.Below(20));
        }

        var at = dice.Below(bytes.Length);
        var length = 1 + dice.Below(Math.Min(16, bytes.Length - at));
        switch (dice.Below(7))
        {
            case 0:
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << dice.Below(8));
                return flipped;
            case 1:
                var replaced = bytes.ToArray();
                replaced[at] = dice.PickFrom(Telling);
                return replaced;
            case 2:
                return [.. bytes[..at], dice.PickFrom(Telling), .. bytes[at..]];
            case 3:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 4:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 5:
                return [.. bytes[..at], .. dice.Bytes(length), .. bytes[(at + length)..]];
            default:
                return bytes[..at].ToArray();
        }
    }
}
