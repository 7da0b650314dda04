using System.Globalization;
using System.Text;
using Concordat.Fuzz.Tests.Support;

namespace Concordat.Fuzz.Tests.Callbacks;

/// <summary>One thing that a hostile server does with a connection.</summary>
internal abstract record Act
{
    /// <summary>Bytes, as <see cref="Escaped"/> writes them.</summary>
    internal sealed record Send(byte[] Bytes) : Act;

    /// <summary>Bytes one by one.</summary>
    internal sealed record Drip(byte[] Bytes, int PauseMs) : Act;

    /// <summary>The same bytes until the other side has enough.</summary>
    internal sealed record Flood(byte[] Bytes) : Act;

    internal sealed record Silence : Act;

    /// <summary>Ends the connection with a reset.</summary>
    internal sealed record Reset : Act;

    internal sealed record Close : Act;

    internal static Act Parse(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (what, rest) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
        return what switch
        {
            "send" => new Send(Escaped.Bytes(rest)),
            "drip" => new Drip(Escaped.Bytes(rest[(rest.IndexOf(' ', StringComparison.Ordinal) + 1)..]), int.Parse(rest.Split(' ')[0], CultureInfo.InvariantCulture)),
            "flood" => new Flood(Escaped.Bytes(rest)),
            "silence" => new Silence(),
            "reset" => new Reset(),
            "close" => new Close(),
            _ => throw new FormatException($"'{what}' is nothing that a server does"),
        };
    }

    public sealed override string ToString() => this switch
    {
        Send s => "send " + OneLine(s.Bytes),
        Drip d => $"drip {d.PauseMs} {OneLine(d.Bytes)}",
        Flood f => "flood " + OneLine(f.Bytes),
        _ => GetType().Name.ToLowerInvariant(),
    };

    private static string OneLine(byte[] bytes) => Escaped.Of(bytes).Replace("\n", "", StringComparison.Ordinal);
}

/// <summary>An answer that a participant or a coordinator might give that is broken, out of its mind, or wicked.</summary>
/// <param name="IsWhole">
/// An answer of HTTP with this status and body, sound as far as its framing goes; null where the framing itself is broken, so that it can be no answer at all.
/// </param>
internal sealed record HostileAnswer(IReadOnlyList<Act> Acts, WholeAnswer? IsWhole)
{
    public override string ToString() => string.Join('\n', Acts);

    /// <summary>As <see cref="ToString"/> wrote it. Whether it is whole is not known.</summary>
    public static HostileAnswer Parse(string text) =>
        new([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(l => l[0] != '#').Select(Act.Parse)], IsWhole: null);

    public static HostileAnswer Whole(int status, string body, string type = "application/json") => new(
        [new Act.Send(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}")))],
        new WholeAnswer(status, Encoding.UTF8.GetBytes(body)));
}

internal sealed record WholeAnswer(int Status, byte[] Body);
