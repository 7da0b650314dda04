using System.Text.Json.Nodes;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>A coordinator, its participants and their folder, for the length of one test.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };
    private readonly List<SdkParticipant> _participants = [];
    private readonly List<Service> _services = [];
    private readonly ScriptedServer _scripted = new();
    private bool _scriptedRuns;

    internal World(JsonObject? settings = null, Func<string[], string[]>? around = null, string? dataDirectory = null)
    {
        Folder = Directory.CreateTempSubdirectory("concordat-e2e-").FullName;
        DataDirectory = dataDirectory ?? Path.Combine(Folder, "coordinator");
        ConfigFile = Path.Combine(Folder, "concordat.json");
        File.WriteAllText(ConfigFile, new JsonObject { ["Concordat"] = settings ?? Settings() }.ToJsonString());
        Coordinator = NewService("coordinator", "readyz", port =>
        {
            var command = ServeCommand(port);
            return around?.Invoke(command) ?? command;
        });
        Api = new CoordinatorApi(_http, Coordinator);
    }

    internal string Folder { get; }

    internal string DataDirectory { get; }

    internal string ConfigFile { get; }

    internal Service Coordinator { get; }

    internal CoordinatorApi Api { get; }

    /// <summary>Quick to ask again, with a file size that is quickly made.</summary>
    internal static JsonObject Settings(double attemptSeconds = 10) => new()
    {
        ["Storage"] = new JsonObject { ["SegmentSizeBytes"] = 1024 * 1024 },
        ["Timeouts"] = new JsonObject { ["AttemptSeconds"] = attemptSeconds },
        ["Retry"] = new JsonObject { ["InitialSeconds"] = 0.05, ["MaxSeconds"] = 0.3, ["ProbeInitialSeconds"] = 0.05, ["ProbeMaxSeconds"] = 0.3 },
    };

    /// <summary>With the smallest files, so that even a short test changes them often.</summary>
    internal static JsonObject SmallFiles()
    {
        var settings = Settings();
        settings["Storage"] = new JsonObject { ["SegmentSizeBytes"] = 64 * 1024 };
        settings["Limits"] = new JsonObject { ["MaxBranches"] = 10, ["MaxLabels"] = 0 };
        return settings;
    }

    internal string[] ServeCommand(int port) =>
        Programs.Concordat("serve", "--data", DataDirectory, "--urls", $"http://127.0.0.1:{port}", "--config", ConfigFile);

    /// <summary>For a client of the SDK, which reaches the coordinator as everybody else does.</summary>
    internal Uri Address => Coordinator.Address;

    internal Task StartAsync() => Coordinator.StartAsync();

    /// <summary>Participants inside the test, registered.</summary>
    internal Task<ScriptedParticipant[]> ScriptAsync(params string[] names) => ScriptAsync(onePhase: false, names);

    internal async Task<ScriptedParticipant[]> ScriptAsync(bool onePhase, params string[] names)
    {
        if (!_scriptedRuns)
        {
            _scriptedRuns = true;
            await _scripted.StartAsync();
        }

        ScriptedParticipant[] participants = [.. names.Select(_scripted.Add)];
        foreach (var participant in participants)
        {
            await Api.RegisterAsync(participant.Name, _scripted.UrlOf(participant.Name), onePhase);
        }

        return participants;
    }

    /// <summary>A participant of the SDK in a process of its own, registered.</summary>
    internal async Task<SdkParticipant> ParticipantAsync(string name)
    {
        var data = Path.Combine(Folder, name);
        var service = NewService(name, "status", port => Programs.Beside("Concordat.EndToEnd.Participant.dll", name, data, $"{port}", Coordinator.Address.AbsoluteUri));
        var participant = new SdkParticipant(_http, service, data);
        _participants.Add(participant);
        await participant.StartAsync();
        return participant;
    }

    /// <summary>A service in sagas, in a process of its own, registered.</summary>
    /// <param name="store">A connection string; null: a file.</param>
    internal async Task<KillableService> SagaServiceAsync(string name, string? store)
    {
        var file = Path.Combine(Folder, name + ".effects");
        var service = new KillableService(_http, NewService(name, "status", port => Programs.Beside("Concordat.EndToEnd.SagaService.dll", name, $"{port}", store ?? file)), file);
        await service.Service.StartAsync();
        await Api.RegisterAsync(name, service.Service.Address, onePhase: false);
        return service;
    }

    /// <summary>Runs the command line to its end.</summary>
    internal Task<(int ExitCode, string Output)> RunAsync(params string[] command) => Child.RunAsync(Coordinator.File, command);

    /// <summary>
    /// Kills everything and lets <c>concordat check</c> compare the logs that are left. Participants inside the test say themselves
    /// whether they were told what must not be.
    /// </summary>
    internal async Task AuditAsync()
    {
        await Task.WhenAll(_services.Select(s => s.KillAsync()));
        var (exitCode, output) = await RunAsync(Programs.Concordat(["check", "--data", DataDirectory, .. _participants.SelectMany(p => new[] { "--participant", p.DataDirectory })]));
        Assert.True(exitCode == 0, $"concordat check ended with {exitCode}:\n{output}");
        Assert.Empty(_scripted.Participants.SelectMany(p => p.Violations));
    }

    /// <summary>What every process printed, for a test that failed.</summary>
    internal string Outputs()
    {
        var text = new System.Text.StringBuilder();
        foreach (var file in Directory.EnumerateFiles(Folder, "*.out").Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            text.AppendLine($"==== {Path.GetFileName(file)}").AppendLine(reader.ReadToEnd());
        }

        return text.ToString();
    }

    private Service NewService(string name, string readyPath, Func<int, string[]> command)
    {
        var service = new Service(name, Path.Combine(Folder, name + ".out"), _http, readyPath, command);
        _services.Add(service);
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        await _scripted.DisposeAsync();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
