using System.Globalization;

namespace Concordat.Log;

/// <summary>Numbers of the format, version 1. docs/log-format.md describes it for strangers.</summary>
public static class LogFormat
{
    public const uint Version = 1;
    public const int Alignment = 8;
    public const int SegmentHeaderBytes = 64;
    public const int FrameHeaderBytes = 32;

    /// <summary>From here on, types belong to the log itself.</summary>
    public const byte FirstReservedType = 0xF0;

    /// <summary>Written at a clean stop, forced.</summary>
    public const byte StopMark = 0xFE;

    /// <summary>Written when the log goes idle, not forced: it only attests how far the log was durable.</summary>
    public const byte IdleMark = 0xFF;

    private const string Suffix = ".seg";
    private const int NumberDigits = 16;

    /// <summary>What a record of this payload occupies in the log: header, payload, padding.</summary>
    public static int FrameBytes(int payloadBytes) => (FrameHeaderBytes + payloadBytes + (Alignment - 1)) & ~(Alignment - 1);

    /// <summary>The file of a segment: its number in 16 lower-case hex digits, and ".seg".</summary>
    public static string SegmentName(long number) => number.ToString("x16", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>False for any name that the log does not give.</summary>
    public static bool TryParseSegmentName(string name, out long number)
    {
        number = 0;
        ArgumentNullException.ThrowIfNull(name);
        return name.Length == NumberDigits + Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, NumberDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            && number >= 0 && SegmentName(number) == name;
    }
}
