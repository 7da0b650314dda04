using System.Collections.Concurrent;
using System.Diagnostics;

namespace Concordat.Samples.Bank.Processes;

/// <summary>
/// Starts children that die with this process, even when it is killed: through <c>setpriv --pdeathsig KILL</c>, where there is one.
/// The kernel sends that signal when the <em>thread</em> that started the child ends, so all are started by one that lives as long
/// as this process, and never by one of the thread pool's.
/// </summary>
internal sealed class ProcessStarter : IDisposable
{
    private static readonly string? SetPriv = FindOnPath("setpriv");
    private readonly BlockingCollection<Action> _requests = [];

    public ProcessStarter() => new Thread(Run) { IsBackground = true, Name = "process starter" }.Start();

    public Task<Process> StartAsync(string file, IEnumerable<string> arguments)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(Describe(file, arguments))!);
            }
#pragma warning disable CA1031 // Whatever it is belongs to who asked; this thread must go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                started.SetException(e);
            }
        });
        return started.Task;
    }

    private void Run()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            request();
        }
    }

    private static ProcessStartInfo Describe(string file, IEnumerable<string> arguments)
    {
        // setpriv replaces itself by the program, so the process id is the program's.
        string[] command = SetPriv is null ? [file, .. arguments] : [SetPriv, "--pdeathsig", "KILL", file, .. arguments];
        return new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static string? FindOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Ends the thread, and with it the children.</summary>
    public void Dispose()
    {
        _requests.CompleteAdding();
    }
}
