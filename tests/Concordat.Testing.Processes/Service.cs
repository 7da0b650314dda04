using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Concordat.Testing.Processes;

/// <summary>A process that serves HTTP and is killed and started again, on the same data and the same port.</summary>
/// <param name="readyPath">What answers 200 when it is ready for work.</param>
/// <param name="command">The command line for a port; 0 is "any free one".</param>
/// <param name="host">The address, in numbers, at which it listens.</param>
internal sealed partial class Service(
    string name, string outputFile, HttpClient http, string readyPath, Func<int, string[]> command, string host = "127.0.0.1") : IAsyncDisposable
{
    private static readonly TimeSpan PortLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PortPause = TimeSpan.FromMilliseconds(100);
    private TextWriter? _file;

    internal string Name => name;

    /// <summary>What runs, or ran last.</summary>
    internal Child Process { get; private set; } = null!;

    /// <summary>Where it listens, from the first start on.</summary>
    internal Uri Address { get; private set; } = new($"http://{host}:0");

    internal TextWriter File => _file ??= TextWriter.Synchronized(new StreamWriter(outputFile, append: true) { AutoFlush = true });

    /// <summary>Starts it and returns when it is ready.</summary>
    internal async Task StartAsync()
    {
        await LaunchAsync();
        await Until.TrueAsync($"{name} answers 200 to {readyPath}", IsReadyAsync);
    }

    /// <summary>Starts it and returns when it says where it listens.</summary>
    internal async Task LaunchAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (!await TryStartAsync())
        {
            // While it was down, an outgoing connection of any program may have been given its port as the local one.
            var taken = Process.Output.Contains("address already in use", StringComparison.OrdinalIgnoreCase);
            if (!taken || Stopwatch.GetElapsedTime(since) > PortLimit)
            {
                Assert.Fail($"{name} did not start: it ended with exit code {await Process.Exited} and said\n{Process.Output}");
            }

            await Task.Delay(PortPause);
        }
    }

    internal Task KillAsync() => Process.KillAsync();

    internal async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    private async Task<bool> TryStartAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }

        await File.WriteLineAsync($"--- {name} starts");
        Process = await Child.StartAsync(File, command(Address.Port));
        if (await Process.PrintsAsync(AnAddress()) is not { } address)
        {
            return false;
        }

        Address = new Uri(address.Groups["address"].Value);
        return true;
    }

    private async Task<bool> IsReadyAsync()
    {
        if (Process.Exited.IsCompleted)
        {
            Assert.Fail($"{name} ended with exit code {await Process.Exited} before it was ready; it said\n{Process.Output}");
        }

        try
        {
            using var answer = await http.GetAsync(new Uri(Address, readyPath));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }

        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }

    [GeneratedRegex(@"listen(s|ing) on (?<address>http://[\d.]+:[1-9]\d*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnAddress();
}
