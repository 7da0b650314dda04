using System.Diagnostics;
using Concordat.Samples.Bank.Processes;

namespace Concordat.Bench.Http;

/// <summary>The benchmark's children: this program with another verb, or the server.</summary>
internal sealed class BenchProcesses : IDisposable
{
    private readonly ProcessStarter _starter = new();
    private readonly List<Process> _all = [];

    internal static string OwnDll => Path.Combine(AppContext.BaseDirectory, "Concordat.Bench.dll");

    internal static string ServerDll => Path.Combine(AppContext.BaseDirectory, "concordat.dll");

    /// <summary>Starts a child and returns where it listens, from the line in which it says so.</summary>
    internal async Task<(Process Process, string Url)> StartAsync(string file, params string[] arguments)
    {
        var process = await _starter.StartAsync(file, arguments);
        _all.Add(process);
        var listening = new TaskCompletionSource<string>();
        void Look(object sender, DataReceivedEventArgs e)
        {
            if (e.Data?.IndexOf("listening on http", StringComparison.Ordinal) is >= 0 and var at)
            {
                listening.TrySetResult(e.Data[(at + "listening on ".Length)..].Trim());
            }
        }

        process.OutputDataReceived += Look;
        process.ErrorDataReceived += Look;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return (process, await listening.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    /// <summary>Runs a child to its end and returns what it printed.</summary>
    internal async Task<string> RunAsync(params string[] arguments)
    {
        using var process = await _starter.StartAsync("dotnet", arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}");
    }

    internal void Stop(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
        _all.Remove(process);
    }

    public void Dispose()
    {
        foreach (var process in _all.ToList())
        {
            Stop(process);
        }

        _starter.Dispose();
    }
}
