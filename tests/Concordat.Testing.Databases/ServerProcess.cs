using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Concordat.Testing.Databases;

/// <summary>A private server's process on its folder and port: killed and started again as often as a test likes.</summary>
internal sealed class ServerProcess(string name, string folder, Regex ready, Func<int, string[]> command) : IAsyncDisposable
{
    private static readonly TimeSpan PortLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PortPause = TimeSpan.FromMilliseconds(100);
    private readonly StringWriter _output = new();
    private Child? _process;

    internal string Folder => folder;

    /// <summary>The same from the first start on.</summary>
    internal int Port { get; private set; }

    internal int Id => _process?.Id ?? throw new InvalidOperationException($"{name} does not run");

    /// <summary>Starts it and returns when it takes connections.</summary>
    internal async Task StartAsync()
    {
        var since = Stopwatch.GetTimestamp();
        var first = Port == 0;
        while (true)
        {
            Port = first ? FreePort() : Port;
            _process = await Child.StartAsync(TextWriter.Synchronized(_output), command(Port));
            if (await _process.PrintsAsync(ready) is not null)
            {
                return;
            }

            // Between the choice and the start, or while it was down, any program may have been given the port.
            var taken = _process.Output.Contains("already in use", StringComparison.OrdinalIgnoreCase);
            if (!taken || Stopwatch.GetElapsedTime(since) > PortLimit)
            {
                Assert.Fail($"{name} did not start: it ended with exit code {await _process.Exited} and said\n{_process.Output}");
            }

            await _process.DisposeAsync();
            await Task.Delay(PortPause);
        }
    }

    /// <summary>SIGKILL to it and to the processes that it made, so that nothing of it goes on. Returns when all are gone.</summary>
    internal async Task KillAsync()
    {
        var children = ChildrenOf(Id);
        await _process!.KillAsync();
        foreach (var child in children)
        {
            KillIfThere(child);
        }

        await Until.TrueAsync($"the processes of {name} are gone", () => !children.Any(IsThere));
        await _process.DisposeAsync();
        _process = null;
    }

    private static int[] ChildrenOf(int id)
    {
        try
        {
            return [.. Directory.EnumerateFiles("/proc/" + id + "/task", "children", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
                .SelectMany(file => File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(int.Parse)];
        }
        catch (IOException)
        {
            // It, or one of its threads, has ended by itself.
            return [];
        }
    }

    private static void KillIfThere(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It went with its parent.
        }
    }

    /// <summary>Runs; one that ended and that nobody has waited for does not.</summary>
    internal static bool IsThere(int id)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{id}/stat");
            return status[status.LastIndexOf(')')..].Split(' ')[1] is not ("Z" or "X");
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        ServerFolder.Delete(folder);
    }
}
