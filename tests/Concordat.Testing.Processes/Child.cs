using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Concordat.Testing.Processes;

/// <summary>One process, from its start to its end. What it prints goes to a file and can be read while it runs.</summary>
internal sealed partial class Child : IAsyncDisposable
{
    internal const int SigTerm = 15;
    internal const int SigCont = 18;
    internal const int SigStop = 19;
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Task _output;

    private Child(Process process, TextWriter file)
    {
        _process = process;
        _output = Task.WhenAll(CopyAsync(process.StandardOutput, file), CopyAsync(process.StandardError, file));
        Exited = EndAsync();
    }

    internal int Id => _process.Id;

    /// <summary>The exit code, when it has ended and all that it printed is here. After a signal: 128 and its number.</summary>
    internal Task<int> Exited { get; }

    /// <summary>Standard output and standard error, mixed as they came.</summary>
    internal string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    internal static async Task<Child> StartAsync(TextWriter file, IEnumerable<string> command) => new(await ChildStarter.StartAsync(command), file);

    /// <summary>Runs it to its end.</summary>
    internal static async Task<(int ExitCode, string Output)> RunAsync(TextWriter file, params string[] command)
    {
        await using var child = await StartAsync(file, command);
        var exitCode = await Until.EndsAsync(string.Join(' ', command), child.Exited);
        return (exitCode, child.Output);
    }

    /// <summary>The first match in what it prints; null when it ends without one.</summary>
    internal async Task<Match?> PrintsAsync(Regex pattern)
    {
        Match? found = null;
        await Until.TrueAsync($"the process prints /{pattern}/ or ends", () => Look() || (Exited.IsCompleted && !Look()));
        return found;

        bool Look() => (found = pattern.Match(Output) is { Success: true } match ? match : null) is not null;
    }

    internal void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"signal {signal} to process {_process.Id} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>SIGKILL, unless it has ended. Returns when it is gone.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await Until.EndsAsync("a killed process", Exited);
    }

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync();
        await _output;
        return _process.ExitCode;
    }

    private async Task CopyAsync(StreamReader from, TextWriter file)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }

            await file.WriteLineAsync(line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
