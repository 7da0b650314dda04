using System.Text;

namespace Concordat.Log.Tests;

/// <summary>The numbers of docs/log-format.md.</summary>
public sealed class FormatTests
{
    private static readonly Guid Identity = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    [Fact]
    public void The_checksum_is_the_standard_CRC_32C()
    {
        Assert.Equal(0xE3069283u, Crc32C.Finish(Crc32C.Append(Crc32C.Initial, "123456789"u8)));
        Assert.Equal(0x8A9136AAu, Crc32C.Finish(Crc32C.Append(Crc32C.Initial, new byte[32])));
    }

    [Fact]
    public void A_segment_header_is_the_bytes_that_the_description_shows()
    {
        byte[] bytes = new byte[LogFormat.SegmentHeaderBytes];
        new SegmentHeader(Identity, 5, 4096, 4000, 16384).Write(bytes);
        Assert.Equal(Description("segment header"), Convert.ToHexString(bytes));
        Assert.Equal(new SegmentHeader(Identity, 5, 4096, 4000, 16384), SegmentHeader.Read(bytes, ""));
    }

    [Fact]
    public void A_frame_is_the_bytes_that_the_description_shows()
    {
        byte[] bytes = new byte[LogFormat.FrameBytes(5)];
        bytes.AsSpan().Fill(0xEE);
        Frame.Stage(bytes, 7, "hello"u8);
        Frame.Seal(bytes, Frame.Seed(Identity, 5), 0x01020304, 4096, 4000);
        Assert.Equal(Description("frame"), Convert.ToHexString(bytes));
        Assert.True(Frame.TryRead(bytes, Frame.Seed(Identity, 5), out var frame, out _));
        Assert.Equal(new Frame(7, 5, frame.Crc, 0x01020304, 4096, 4000), frame);
        Assert.False(Frame.TryRead(bytes, Frame.Seed(Identity, 6), out _, out _));
        Assert.False(Frame.TryRead(bytes, Frame.Seed(Guid.Empty, 5), out _, out _));
    }

    [Theory]
    [InlineData("0000000000000000.seg", 0)]
    [InlineData("00000000000000ff.seg", 255)]
    public void Segment_names_are_hex_numbers(string name, long number)
    {
        Assert.Equal(name, LogFormat.SegmentName(number));
        Assert.True(LogFormat.TryParseSegmentName(name, out long parsed));
        Assert.Equal(number, parsed);
    }

    /// <summary>The hex dump under "### Example: ..." in the description.</summary>
    private static string Description(string what)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "log-format.md"), Encoding.UTF8);
        int at = Array.FindIndex(lines, l => l == $"### Example: {what}");
        Assert.True(at >= 0, $"docs/log-format.md has no example '{what}'");
        var dump = lines.Skip(at).SkipWhile(l => l != "```").Skip(1).TakeWhile(l => l != "```");
        return string.Concat(dump.Select(l => l[6..].Replace(" ", "", StringComparison.Ordinal))).ToUpperInvariant();
    }
}
