using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Concordat.EndToEnd.Tests.Harness;
using Concordat.Matrix.Tests.Proxies;

namespace Concordat.Matrix.Tests.Worlds;

/// <summary>
/// A coordinator, two database servers, an application, and where the stack has one a participant: each a process of its own, each reached through a proxy
/// that can hold what is said.
/// <code>
/// application ──► proxy ──► first database
///             ──► proxy ──► second database
///             ──► proxy ──► coordinator ──► proxy ──► participant
///                   ▲────────────────────────────────────┘
/// </code>
/// </summary>
internal sealed partial class MatrixWorld : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("concordat-matrix-").FullName;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };
    private readonly List<Branch> _branches = [];
    private int _runs;

    private MatrixWorld()
    {
        var config = Path.Combine(_folder, "concordat.json");
        File.WriteAllText(config, Settings.ToJsonString());
        Coordinator = NewService("coordinator", "readyz", port =>
            Programs.Concordat("serve", "--data", Path.Combine(_folder, "data"), "--urls", $"http://127.0.0.1:{port}", "--config", config));
        View = new CoordinatorView(_http, Coordinator);
    }

    internal Service Coordinator { get; }

    internal CoordinatorView View { get; }

    /// <summary>Before the coordinator.</summary>
    internal HoldingProxy ToCoordinator { get; } = new();

    /// <summary>Before the participant.</summary>
    internal HoldingProxy ToParticipant { get; } = new();

    internal Branch First => _branches[0];

    internal Branch Second => _branches[1];

    internal Service Application { get; private set; } = null!;

    internal SdkParticipant? Participant { get; private set; }

    /// <summary>Files that are quickly made, and quick to ask again.</summary>
    private static JsonObject Settings => new()
    {
        ["Concordat"] = new JsonObject
        {
            ["Storage"] = new JsonObject { ["SegmentSizeBytes"] = 1024 * 1024 },
            ["Retry"] = new JsonObject { ["InitialSeconds"] = 0.05, ["MaxSeconds"] = 0.3, ["ProbeInitialSeconds"] = 0.05, ["ProbeMaxSeconds"] = 0.3 },
        },
    };

    internal static async Task<MatrixWorld> StartAsync(Stack stack)
    {
        var world = new MatrixWorld();
        try
        {
            await world.StartAllAsync(stack);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    private async Task StartAllAsync(Stack stack)
    {
        var coordinator = Coordinator.StartAsync();
        _branches.Add(await Branch.StartAsync("first", isPostgres: stack != Stack.MariaDb));
        _branches.Add(await Branch.StartAsync("second", isPostgres: stack is not (Stack.MariaDb or Stack.Mixed)));
        await coordinator;
        ToCoordinator.Server = Coordinator.Address.Port;
        if (stack == Stack.Mixed)
        {
            var data = Path.Combine(_folder, "participant");
            var service = NewService("tally", "status", port => Programs.Beside(
                "Concordat.EndToEnd.Participant.dll", "tally", data, $"{port}", ToCoordinator.Address.AbsoluteUri, $"{ToParticipant.Address}concordat"));
            Participant = new SdkParticipant(_http, service, data);
            await Participant.StartAsync();
            ToParticipant.Server = service.Address.Port;
        }

        Application = NewService("application", "ready", port => Programs.Beside(
            "Concordat.Matrix.Application.dll", NameOf(stack), $"{port}", ToCoordinator.Address.AbsoluteUri, First.ConnectionString, Second.ConnectionString));
        await Application.StartAsync();
        await using (await StartAgentAsync())
        {
            foreach (var branch in _branches)
            {
                await Until.TrueAsync($"resource {branch.Name} is registered", async () => await View.UnfinishedAsync(branch.Name) is not null);
            }

            // What is done for the first time takes its time, which a short deadline does not have.
            Assert.Equal("committed", await Until.EndsAsync("the first transaction", Begin(TimeSpan.FromSeconds(60)).Told));
            await Until.TrueAsync("nothing of the first transaction is unfinished", async () => await View.UnfinishedAsync(First.Name) + await View.UnfinishedAsync(Second.Name) == 0);
        }
    }

    internal Task<SweepingAgent> StartAgentAsync() => SweepingAgent.StartAsync(Coordinator.Address, First, Second);

    /// <summary>Lets the application run a transaction.</summary>
    internal Run Begin(TimeSpan timeout)
    {
        var run = ++_runs;
        return new Run(TellAsync(), IdAsync());

        async Task<string> TellAsync()
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"runs/{run}?timeout={timeout.TotalSeconds}");
            using var answer = await _http.PostAsync(new Uri(Application.Address, path), content: null);
            return await answer.Content.ReadAsStringAsync();
        }

        async Task<string> IdAsync()
        {
            Match? match = null;
            await Until.TrueAsync($"the application has begun run {run}", () => (match = Begun().Matches(Application.Process.Output).LastOrDefault(m => m.Groups["run"].Value == $"{run}")) is not null);
            return match!.Groups["id"].Value;
        }
    }

    internal async Task<(int First, int Second)> ValuesAsync() => (await First.ValueAsync(), await Second.ValueAsync());

    internal async Task<(int First, int Second)> PreparedAsync() => ((await First.PreparedAsync()).Count, (await Second.PreparedAsync()).Count);

    /// <summary>Every message goes on.</summary>
    internal void Release()
    {
        foreach (var proxy in (HoldingProxy[])[ToCoordinator, ToParticipant, .. _branches.Select(b => b.Proxy)])
        {
            proxy.Release();
        }
    }

    /// <summary>SIGKILL. What it was about to say or to hear is lost.</summary>
    internal async Task KillAsync(Victim victim)
    {
        switch (victim)
        {
            case Victim.Client:
                await Application.KillAsync();
                First.Proxy.Cut();
                Second.Proxy.Cut();
                ToCoordinator.Cut();
                break;
            case Victim.Coordinator:
                await Coordinator.KillAsync();
                ToCoordinator.Cut();
                ToParticipant.Cut();
                break;
            case Victim.Participant:
                await Participant!.Service.KillAsync();
                ToParticipant.Cut();
                break;
            default:
                var branch = victim == Victim.FirstDatabase ? First : Second;
                await branch.Server.KillAsync();
                branch.Proxy.Cut();
                break;
        }
    }

    /// <summary>Returns when it serves again.</summary>
    internal Task StartAgainAsync(Victim victim) => victim switch
    {
        Victim.Client => Application.StartAsync(),
        Victim.Coordinator => Coordinator.StartAsync(),
        Victim.Participant => Participant!.StartAsync(),
        Victim.FirstDatabase => First.Server.StartAgainAsync(),
        _ => Second.Server.StartAgainAsync(),
    };

    /// <summary>What every process printed, for a test that failed.</summary>
    internal string Outputs() => string.Join('\n', Directory.EnumerateFiles(_folder, "*.out").Order(StringComparer.Ordinal).Select(file =>
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return $"==== {Path.GetFileName(file)}\n{string.Join('\n', reader.ReadToEnd().Split('\n').TakeLast(60))}";
    }));

    private Service NewService(string name, string readyPath, Func<int, string[]> command) => new(name, Path.Combine(_folder, name + ".out"), _http, readyPath, command);

    private static string NameOf(Stack stack) => stack switch
    {
        Stack.NpgsqlScope => "npgsql-scope",
        Stack.EntityFrameworkScope => "ef-scope",
        Stack.Postgres => "postgres",
        Stack.MariaDb => "mariadb",
        _ => "mixed",
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var service in (Service?[])[Application, Participant?.Service, Coordinator])
        {
            if (service is not null)
            {
                await service.DisposeAsync();
            }
        }

        await ToCoordinator.DisposeAsync();
        await ToParticipant.DisposeAsync();
        foreach (var branch in _branches)
        {
            await branch.DisposeAsync();
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"^run (?<run>\d+) is (?<id>[0-9a-f-]{36})$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Begun();
}

/// <param name="Told">What the application's code saw, when it has seen it.</param>
/// <param name="Transaction">Its id, when it has begun.</param>
internal sealed record Run(Task<string> Told, Task<string> Transaction);
