using System.Diagnostics;
using Concordat.Fuzz.Tests.Logs;
using Concordat.Fuzz.Tests.Support;
using Concordat.Log;

namespace Concordat.Fuzz.Tests.Commands;

/// <summary>What else may stand in a data directory: it is passed over, or refused with a message, and nothing hangs on it.</summary>
public sealed class ForeignFilesTests
{
    private const string Next = "0000000000000001.seg";

    public static TheoryData<string> Kinds => [.. Plants.Keys];

    private static readonly Dictionary<string, Action<string>> Plants = new(StringComparer.Ordinal)
    {
        ["a directory named as a segment"] = d => Directory.CreateDirectory(Path.Combine(d, Next)),
        ["an empty file named as a segment"] = d => File.WriteAllBytes(Path.Combine(d, Next), []),
        ["a short file named as a segment"] = d => File.WriteAllBytes(Path.Combine(d, Next), new byte[63]),
        ["a segment number beyond all"] = d => File.WriteAllBytes(Path.Combine(d, "7fffffffffffffff.seg"), new byte[4096]),
        ["a segment number in capitals"] = d => File.WriteAllBytes(Path.Combine(d, "000000000000000A.seg"), new byte[4096]),
        ["a symbolic link to itself"] = d => File.CreateSymbolicLink(Path.Combine(d, Next), Path.Combine(d, Next)),
        ["a symbolic link to nothing"] = d => File.CreateSymbolicLink(Path.Combine(d, Next), Path.Combine(d, "nothing")),
        ["a symbolic link to the first segment"] = d => File.CreateSymbolicLink(Path.Combine(d, Next), Path.Combine(d, LogForge.File)),
        ["a symbolic link to zeros without end"] = d => File.CreateSymbolicLink(Path.Combine(d, Next), "/dev/zero"),
        ["a pipe named as a segment"] = d => Pipe(Path.Combine(d, Next)),
        ["a file of a terabyte of nothing"] = Sparse,
        ["a directory named lock"] = d => Directory.CreateDirectory(Path.Combine(d, "lock")),
        ["a symbolic link named lock"] = d => File.CreateSymbolicLink(Path.Combine(d, "lock"), Path.Combine(d, "elsewhere")),
        ["a pipe named lock"] = d => Pipe(Path.Combine(d, "lock")),
        ["files of others"] = d => { File.WriteAllText(Path.Combine(d, ".DS_Store"), "x"); File.WriteAllText(Path.Combine(d, "a\nb\u001b[2J"), "x"); File.WriteAllText(Path.Combine(d, LogForge.File + ".bak"), "x"); },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_foreign_file_hangs_nobody(string kind)
    {
        var directory = Directory.CreateTempSubdirectory("concordat-fuzz-").FullName;
        try
        {
            foreach (var (name, content) in (await RealLogs.Coordinator()).Snapshot().Where(f => f.Key == LogForge.File))
            {
                await File.WriteAllBytesAsync(Path.Combine(directory, name), content, TestContext.Current.CancellationToken);
            }

            Plants[kind](directory);
            await LogCommandsCheck.On(directory);
            var serve = await CommandProbe.Run(["serve", "--urls", "http://127.0.0.1:0", "--data", directory, "--drain-seconds", "0"], TimeSpan.FromMilliseconds(300));
            serve.ShouldBeOrderly();
            Assert.True(serve.ExitCode is 0 or 1, serve.ToString());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Sparse(string directory)
    {
        using var file = File.Create(Path.Combine(directory, Next));
        file.SetLength(1L << 40);
    }

    private static void Pipe(string path)
    {
        using var mkfifo = Process.Start(new ProcessStartInfo("mkfifo", [path]))!;
        mkfifo.WaitForExit();
        Assert.Equal(0, mkfifo.ExitCode);
    }
}
