using System.Diagnostics;
using System.Globalization;

namespace Concordat.Log.Tests;

public sealed class DirectoryLockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("concordat-log-").FullName;

    [Fact]
    public void I15_a_second_log_in_the_same_directory_is_refused_and_names_directory_and_pid()
    {
        using (Records.Open(new FileLogStorage(_directory)))
        {
            var e = Assert.Throws<LogLockedException>(() => Records.Open(new FileLogStorage(_directory)));
            Assert.Equal(_directory, e.Directory);
            Assert.Equal(Environment.ProcessId, e.OwnerPid);
            Assert.Contains(_directory, e.Message, StringComparison.Ordinal);
            Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
        }

        Records.Open(new FileLogStorage(_directory)).Dispose();
    }

    [Fact]
    public void I15_a_memory_storage_is_locked_likewise()
    {
        var disk = new MemoryLogStorage();
        using (Records.Open(disk)) Assert.Throws<LogLockedException>(disk.Lock);
        Records.Open(disk).Dispose();
    }

    [Fact]
    public void Another_process_that_is_killed_leaves_no_obstacle()
    {
        string path = Path.Combine(_directory, "lock");
        // flock -F becomes the shell, and that becomes cat: the process killed is the one that holds the lock.
        using var other = Process.Start(new ProcessStartInfo("flock", ["-F", "-n", path, "sh", "-c", "echo $$ > \"$0\"; exec cat", path])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        other.StandardInput.WriteLine("there");
        Assert.Equal("there", other.StandardOutput.ReadLine());
        Assert.Equal(other.Id, Assert.Throws<LogLockedException>(() => Records.Open(new FileLogStorage(_directory))).OwnerPid);
        other.Kill();
        other.WaitForExit();
        Records.Open(new FileLogStorage(_directory)).Dispose();
    }

    [Fact]
    public void A_locked_log_can_be_inspected()
    {
        using var log = Records.Open(new FileLogStorage(_directory));
        log.Append("a");
        log.Flush(force: true);
        using var reader = new FileLogStorage(_directory);
        Assert.Equal(LogCondition.Sound, LogInspector.Inspect(reader).OfType<LogVerdictItem>().Single().Condition);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
