using System.Collections.Concurrent;
using System.Diagnostics;

namespace Concordat.Testing.Processes;

/// <summary>
/// Starts children that die with this process, even when it is killed: <c>setpriv --pdeathsig KILL</c> replaces itself by the program,
/// so the process id is the program's. The kernel sends that signal when the <em>thread</em> that started the child ends, so one
/// thread that lives as long as this process starts them all.
/// </summary>
internal static class ChildStarter
{
    private static readonly BlockingCollection<Action> Requests = [];
    private static readonly bool HasSetPriv = Programs.Find("setpriv") is not null;

    static ChildStarter() => new Thread(Run) { IsBackground = true, Name = "child starter" }.Start();

    internal static string[] DyingWithParent(IEnumerable<string> command) => HasSetPriv ? ["setpriv", "--pdeathsig", "KILL", .. command] : [.. command];

    internal static Task<Process> StartAsync(IEnumerable<string> command)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = DyingWithParent(command);
        Requests.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(new ProcessStartInfo(line[0], line[1..])
                {
                    UseShellExecute = false,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    // Two cores and short lives: profiling for a second tier costs more than it brings.
                    Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_NOLOGO"] = "1" },
                })!);
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

    private static void Run()
    {
        foreach (var request in Requests.GetConsumingEnumerable())
        {
            request();
        }
    }
}
