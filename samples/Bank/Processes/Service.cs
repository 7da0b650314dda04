using System.Diagnostics;

namespace Concordat.Samples.Bank.Processes;

/// <summary>What runs as a process of its own and is killed and started again, on the same data and the same port.</summary>
/// <param name="command">The command line for a port; 0 is "any free one".</param>
/// <param name="readyPath">What answers 200 when it is ready for work.</param>
internal sealed class Service(
    string name, string dataDirectory, ProcessStarter starter, HttpClient http, string readyPath, Func<int, string[]> command) : IKillable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PortLimit = TimeSpan.FromSeconds(10);
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Incarnation? _now;
    private TextWriter? _log;

    public string Name => name;

    public string DataDirectory => dataDirectory;

    public string LogFile { get; } = dataDirectory + ".log";

    /// <summary>Where it listens, from the first start on.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Fails when the process ends without having been killed by us: whatever the reason, the run is over.</summary>
    public Task Died => _died.Task;

    /// <summary>Starts it and returns when it is ready.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _log ??= TextWriter.Synchronized(new StreamWriter(LogFile, append: true) { AutoFlush = true });
        var since = Stopwatch.GetTimestamp();
        while (!await TryStartAsync(since, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>Kills it and starts it again at once. Returns when it is ready.</summary>
    public async Task KillAndRestartAsync(CancellationToken cancellationToken)
    {
        await KillAsync();
        Kills++;
        await StartAsync(cancellationToken);
    }

    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _now, null) is { } incarnation)
        {
            await incarnation.KillAsync();
        }
    }

    public string[] LastLines(int count) => File.Exists(LogFile) ? [.. File.ReadLines(LogFile).TakeLast(count)] : [];

    /// <returns>False: its port is taken, try again.</returns>
    private async Task<bool> TryStartAsync(long since, CancellationToken cancellationToken)
    {
        var line = command(Address.Port);
        var incarnation = new Incarnation(await starter.StartAsync(line[0], line[1..]), _log!);
        _now = incarnation;
        var limit = Task.Delay(StartLimit, cancellationToken);
        var first = await Task.WhenAny(incarnation.Address, incarnation.Exited, limit);
        if (first == limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RunFailedException($"{name} did not print where it listens within {StartLimit.TotalSeconds:0} s");
        }

        if (first == incarnation.Exited)
        {
            // While it was down, an outgoing connection of any program may have been given its port as the local one.
            var exitCode = await incarnation.EndAsync();
            return Stopwatch.GetElapsedTime(since) < PortLimit && LastLines(20).Any(l => l.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
                ? false
                : throw new RunFailedException($"{name} did not start: it ended with exit code {exitCode}");
        }

        Address = await incarnation.Address;
        _ = WatchAsync(incarnation);
        await BecomeReadyAsync(cancellationToken);
        return true;
    }

    private async Task WatchAsync(Incarnation incarnation)
    {
        var exitCode = await incarnation.EndAsync();
        if (ReferenceEquals(Interlocked.CompareExchange(ref _now, null, incarnation), incarnation))
        {
            _died.TrySetException(new RunFailedException($"{name} ended by itself, with exit code {exitCode}"));
        }
    }

    private async Task BecomeReadyAsync(CancellationToken cancellationToken)
    {
        var limit = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(limit) > StartLimit)
            {
                throw new RunFailedException($"{name} was not ready {StartLimit.TotalSeconds:0} s after its start ({new Uri(Address, readyPath)})");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Address, readyPath), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It does not listen, or not answer, yet.
            return false;
        }
    }
}
