using Concordat.Log;

namespace Concordat.Fuzz.Tests.Commands;

/// <summary><c>log inspect</c> and <c>check</c> on the files of a log: an exit code and a message, whatever is in them, and nothing written.</summary>
internal static class LogCommandsCheck
{
    public static async Task Run(MemoryLogStorage storage)
    {
        var directory = Directory.CreateTempSubdirectory("concordat-fuzz-").FullName;
        try
        {
            foreach (var (name, content) in storage.Snapshot())
            {
                await File.WriteAllBytesAsync(Path.Combine(directory, name), content);
            }

            await On(directory);
            Assert.Equal(storage.Snapshot().Keys.Order(StringComparer.Ordinal), Directory.EnumerateFileSystemEntries(directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
            foreach (var (name, content) in storage.Snapshot())
            {
                var now = await File.ReadAllBytesAsync(Path.Combine(directory, name));
                Assert.True(content.AsSpan().SequenceEqual(now), $"{name} was written to");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static async Task On(string directory)
    {
        string[][] commands =
        [
            ["log", "inspect", "--data", directory],
            ["log", "inspect", "--data", directory, "-o", "json"],
            ["log", "inspect", "--data", directory, "--participant"],
            ["check", "--data", directory],
            ["check", "--data", directory, "-p", directory, "-o", "json"],
        ];
        foreach (var command in commands)
        {
            var run = await CommandProbe.Run(command);
            run.ShouldBeOrderly();

            // 2: it is the other kind of log. 3: it is none.
            Assert.True(run.ExitCode is 0 or 1 || (command[0] == "check" && run.ExitCode is 2 or 3), run.ToString());
        }
    }
}
