namespace Concordat.Torture.Tests.Machines;

/// <summary>
/// A wall clock of its own for every process, which libfaketime reads from a file once a second. The monotonic clock stays what
/// it is, as when somebody sets the clock of a real computer.
/// </summary>
internal sealed class Clocks : Machine
{
    private readonly Dictionary<string, TimeSpan> _offsets = new(StringComparer.Ordinal);
    private string _library = "";

    protected override async Task PutUpAsync(IReadOnlyList<string> processes)
    {
        var libraries = Directory.Exists("/usr/lib") ? Directory.GetFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }) : [];
        Assert.SkipWhen(libraries.Length == 0, "not run: libfaketime (Debian's faketime) is not installed, and nothing else sets the clock of one process");
        _library = libraries[0];
        foreach (var process in processes)
        {
            await SetAsync(process, TimeSpan.Zero);
        }
    }

    internal TimeSpan OffsetOf(string process) => _offsets[process];

    /// <summary>Sets the clock of a process, running or not, so far off the real one.</summary>
    internal async Task SetAsync(string process, TimeSpan off)
    {
        _offsets[process] = off;

        // By renaming: it is read at any moment.
        var file = FileOf(process);
        await File.WriteAllTextAsync(file + ".new", $"{(off < TimeSpan.Zero ? '-' : '+')}{off.Duration().TotalSeconds:0}");
        File.Move(file + ".new", file, overwrite: true);
    }

    internal override string[] Around(string process, string[] command) =>
    [
        "env", $"LD_PRELOAD={_library}", $"FAKETIME_TIMESTAMP_FILE={FileOf(process)}", "FAKETIME_CACHE_DURATION=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1", "FAKETIME_FORCE_MONOTONIC_FIX=0", "NO_FAKE_STAT=1", .. command,
    ];

    private string FileOf(string process) => Path.Combine(Folder, process + ".clock");
}
