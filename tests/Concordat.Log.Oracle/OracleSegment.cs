using System.Globalization;

namespace Concordat.Log.Oracle;

/// <summary>One segment file: the number in its name and its bytes.</summary>
public sealed record OracleSegment(long Number, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>What the name says: 16 lower-case hexadecimal digits, the first below 8, and <c>.seg</c>. Null for every other name.</summary>
    public static long? NumberIn(string fileName)
    {
        const string Suffix = ".seg";
        if (fileName.Length != 16 + Suffix.Length || !fileName.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return null;
        }

        var digits = fileName.AsSpan(0, 16);
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigitLower(digit))
            {
                return null;
            }
        }

        var number = long.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return number < 0 ? null : number;
    }

    /// <summary>All segments of a directory.</summary>
    public static IReadOnlyList<OracleSegment> InDirectory(string path) =>
        [.. from file in Directory.EnumerateFiles(path)
            let number = NumberIn(Path.GetFileName(file))
            where number is not null
            select new OracleSegment(number.Value, File.ReadAllBytes(file))];

    internal bool IsZeroFrom(int offset) =>
        offset >= Bytes.Length || Bytes.Span[offset..].IndexOfAnyExcept((byte)0) < 0;
}
