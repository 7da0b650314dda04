using System.Runtime.InteropServices;

namespace Concordat.Samples.Bank.Processes;

/// <summary>The three processes, and the folder with everything that they write.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public static readonly string[] BankNames = ["bank-a", "bank-b"];
    private readonly ProcessStarter _starter = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <param name="databases">Of the banks; null where they keep their accounts in their logs. Its owner's to dispose.</param>
    public Cluster(string folder, BankDatabases? databases = null)
    {
        Folder = folder;
        Databases = databases;
        Directory.CreateDirectory(folder);
        Coordinator = NewService("coordinator", "readyz", (port, data) =>
            [Dotnet, Beside("concordat.dll"), "serve", "--data", data, "--urls", $"http://127.0.0.1:{port}"]);
        Banks = [.. BankNames.Select(name => NewService(name, "status", (port, data) =>
            [
                Dotnet, Beside("Bank.dll"), "serve-bank", name, "--data", data, "--port", $"{port}", "--coordinator", Coordinator.Address.AbsoluteUri,
                .. databases is null ? Array.Empty<string>() : ["--postgres", databases.ConnectionString(name)],
            ]))];
    }

    public string Folder { get; }

    public Service Coordinator { get; }

    public IReadOnlyList<Service> Banks { get; }

    public IEnumerable<Service> Services => [Coordinator, .. Banks];

    public BankDatabases? Databases { get; }

    /// <summary>Everything that may die at any time.</summary>
    public IEnumerable<IKillable> Killable => Databases is null ? Services : [.. Services, Databases];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Coordinator.StartAsync(cancellationToken);
        await Task.WhenAll(Banks.Select(bank => bank.StartAsync(cancellationToken)));
    }

    /// <summary>Fails as soon as a process ends by itself.</summary>
    public Task AnyDied => Task.WhenAny(Services.Select(s => s.Died)).Unwrap();

    public Task KillAsync() => Task.WhenAll(Services.Select(s => s.KillAsync()));

    /// <summary>Runs a command of ours to its end.</summary>
    public async Task<int> RunToolAsync(string[] arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var tool = new Incarnation(await _starter.StartAsync(Dotnet, arguments), output);
        try
        {
            return await tool.EndAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await tool.KillAsync();
            throw;
        }
    }

    /// <summary>The one that runs this program.</summary>
    private static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    public static string Beside(string file) => Path.Combine(AppContext.BaseDirectory, file);

    private Service NewService(string name, string readyPath, Func<int, string, string[]> command)
    {
        var data = Path.Combine(Folder, name);
        return new Service(name, data, _starter, _http, readyPath, port => command(port, data));
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _starter.Dispose();
        _http.Dispose();
    }
}
