using System.Globalization;
using System.Text;

namespace Concordat.Fuzz.Tests.Support;

/// <summary>
/// Bytes as text that can be read, committed and read back: printable ASCII as it is, <c>\r \n \t \\ \xHH</c>, and <c>\R{byte}*{count};</c> for a
/// run. Line breaks of the text itself mean nothing.
/// </summary>
internal static class Escaped
{
    private const int ShortestRun = 40;

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var i = 0; i < bytes.Length; i++)
        {
            var run = 1;
            while (i + run < bytes.Length && bytes[i + run] == bytes[i])
            {
                run++;
            }

            if (run >= ShortestRun)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\R{bytes[i]:x2}*{run};");
                i += run - 1;
                continue;
            }

            text.Append(bytes[i] switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n\n",
                (byte)'\t' => "\\t",
                (byte)'\\' => "\\\\",
                >= 0x20 and < 0x7f and var plain => ((char)plain).ToString(),
                var other => $"\\x{other:x2}",
            });
        }

        return text.ToString();
    }

    public static byte[] Bytes(string text)
    {
        using var bytes = new MemoryStream();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '\n' or '\r')
            {
                continue;
            }

            if (text[i] != '\\')
            {
                bytes.WriteByte(checked((byte)text[i]));
                continue;
            }

            switch (text[++i])
            {
                case 'r':
                    bytes.WriteByte((byte)'\r');
                    break;
                case 'n':
                    bytes.WriteByte((byte)'\n');
                    break;
                case 't':
                    bytes.WriteByte((byte)'\t');
                    break;
                case '\\':
                    bytes.WriteByte((byte)'\\');
                    break;
                case 'x':
                    bytes.WriteByte(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 2;
                    break;
                case 'R':
                    var end = text.IndexOf(';', i);
                    var value = byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    for (var left = int.Parse(text.AsSpan(i + 4, end - i - 4), CultureInfo.InvariantCulture); left > 0; left--)
                    {
                        bytes.WriteByte(value);
                    }

                    i = end;
                    break;
                default:
                    throw new FormatException($"\\{text[i]} is no escape");
            }
        }

        return bytes.ToArray();
    }
}
