using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Concordat.Samples.Bank.Processes;

/// <summary>One life of a service: from a start to a kill. Its output goes to a file.</summary>
internal sealed partial class Incarnation
{
    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _output;

    public Incarnation(Process process, TextWriter log)
    {
        _process = process;
        _output = Task.WhenAll(CopyAsync(process.StandardOutput, log), CopyAsync(process.StandardError, log));
        Exited = process.WaitForExitAsync();
    }

    /// <summary>The first address that it prints.</summary>
    public Task<Uri> Address => _address.Task;

    public Task Exited { get; }

    /// <summary>SIGKILL: no handler runs, nothing is flushed, connections are cut. Returns when it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    /// <summary>Waits until it has ended and its output is in the file.</summary>
    public async Task<int> EndAsync()
    {
        await Exited;
        await _output;
        return _process.ExitCode;
    }

    private async Task CopyAsync(StreamReader from, TextWriter log)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            await log.WriteLineAsync(line);

            if (!_address.Task.IsCompleted && AnAddress().Match(line) is { Success: true } match)
            {
                _address.TrySetResult(new Uri(match.Value));
            }
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnAddress();
}
