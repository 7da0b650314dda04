using System.Globalization;
using System.Text.RegularExpressions;

using Concordat.Log.Oracle;

namespace Concordat.Log.Tests.Oracle;

/// <summary>The independent reader before bytes that were not made in this run: committed logs, the document's examples, real files.</summary>
public sealed partial class GoldenOracleTests
{
    [Theory]
    [InlineData("clean", false, 6)]
    [InlineData("killed", false, 6)]
    [InlineData("torn", true, 5)]
    public void The_committed_logs_read_the_same_by_the_document(string kind, bool torn, int records)
    {
        var disk = new MemoryLogStorage();
        foreach (var segment in OracleSegment.InDirectory(Path.Combine(AppContext.BaseDirectory, "Golden", "v1", kind)))
            disk.Plant(LogFormat.SegmentName(segment.Number), segment.Bytes.ToArray());
        var judged = Assert.IsType<OracleJudgement.Sound>(Verdicts.MustAgree(disk, kind));
        Assert.Equal(torn, judged.IsTorn);
        Assert.Equal(records, judged.Records.Count());
    }

    [Fact]
    public void The_examples_of_the_document_are_one_log_for_the_reader()
    {
        Assert.Equal(0xE3069283u, OracleCrc.Of("123456789"u8.ToArray()));
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "log-format.md"));
        byte[] example = [.. HexLine().Matches(text).SelectMany(line => line.Groups["bytes"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(hex => byte.Parse(hex, NumberStyles.AllowHexSpecifier))];
        byte[] file = new byte[16384];
        example.CopyTo(file, 0);
        var judged = Assert.IsType<OracleJudgement.Sound>(OracleReader.Judge([new OracleSegment(5, file)]));
        Assert.Equal("00112233-4455-6677-8899-aabbccddeeff", judged.Identity.ToString());
        Assert.Equal(4136, judged.NextPosition);
        Assert.Equal(4000, judged.AttestedPosition);
        var record = Assert.Single(judged.Records);
        Assert.Equal(7, record.Frame.Type);
        Assert.Equal("hello"u8, record.Frame.Payload.Span);
    }

    [Fact]
    public void Real_files_are_read_by_the_document_alone()
    {
        var directory = Directory.CreateTempSubdirectory("concordat-oracle-");
        try
        {
            using (var log = Records.Open(new FileLogStorage(directory.FullName)))
            {
                log.Append("one");
                log.Flush(force: true);
                log.StartSegment();
                log.Append("two");
                log.Close();
            }

            var judged = Assert.IsType<OracleJudgement.Sound>(OracleReader.Judge(OracleSegment.InDirectory(directory.FullName)));
            Assert.False(judged.IsTorn);
            Assert.Equal(["one", "two"], judged.Records.Select(r => System.Text.Encoding.UTF8.GetString(r.Frame.Payload.Span)));
            using var again = Records.Open(new FileLogStorage(directory.FullName));
            Assert.Equal(judged.NextPosition, again.AppendedPosition.Value);
            Assert.Equal(judged.Identity, again.Identity);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [GeneratedRegex("^00[0-9a-f]0  (?<bytes>([0-9a-f]{2} ?)+)\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HexLine();
}
