using Concordat.Client;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;
using Concordat.Torture.Tests.Clients;
using Concordat.Torture.Tests.Machines;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Torture.Tests.Worlds;

/// <summary>
/// A coordinator, three banks and their money, for the length of one test. Its history is a row of rounds: the clients move money,
/// something is broken and healed, and when nothing is unfinished any more the books are audited.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private static readonly string[] BankNames = ["bank-a", "bank-b", "bank-c"];
    private readonly Machine _machine;
    private readonly WorldSettings _settings;
    private readonly Money _money;
    private readonly Tally _tally;
    private readonly HttpClient _http;
    private readonly ServiceProvider _patient;
    private readonly ServiceProvider _impatient;
    private Audit? _audit;

    private World(Machine machine, WorldSettings settings, string folder, TextWriter output, int seed, Tally tally)
    {
        (_machine, _settings, Output, _tally, Folder) = (machine, settings, output, tally, folder);
        _money = new Money(BankNames, seed);
        _http = new HttpClient(machine.Http()) { Timeout = TimeSpan.FromSeconds(10) };
        var configuration = Path.Combine(folder, "concordat.json");
        File.WriteAllText(configuration, settings.ForCoordinator().ToJsonString());
        Coordinator = NewService("coordinator", "readyz", (data, address, port) => Programs.Concordat(
            "serve", "--data", data, "--urls", $"http://{address}:{port}", "--config", configuration, "--allow-unauthenticated"));
        Banks = [.. BankNames.Select(name => NewService(name, "status", (data, address, port) => Programs.Beside(
            "Concordat.Torture.Bank.dll", name, data, address, $"{port}", Coordinator.Address.AbsoluteUri)))];
        _patient = NewClient(retryBudget: TimeSpan.FromSeconds(30), attemptTimeout: TimeSpan.FromSeconds(10));
        _impatient = NewClient(retryBudget: TimeSpan.Zero, attemptTimeout: TimeSpan.FromSeconds(1));
    }

    /// <summary>For the files of one test.</summary>
    internal string Folder { get; }

    /// <summary>What everybody prints who has no file of its own.</summary>
    internal TextWriter Output { get; }

    internal Service Coordinator { get; }

    internal Service[] Banks { get; }

    internal Service[] Everybody => [Coordinator, .. Banks];

    /// <summary>For what is asked while nothing is broken.</summary>
    internal IConcordatClient Client => _patient.GetRequiredService<IConcordatClient>();

    internal static async Task<World> StartAsync(Machine machine, WorldSettings settings, int seed, Tally tally)
    {
        var folder = Leftovers.NewFolder();
        var output = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, "machine.out")) { AutoFlush = true });
        try
        {
            await machine.PutUpAsync(folder, output, ["coordinator", .. BankNames]);
        }
        catch
        {
            await machine.DisposeAsync();
            await output.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            throw;
        }

        var world = new World(machine, settings, folder, output, seed, tally);
        try
        {
            await world.OpenAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets the clients move money, breaks and heals something meanwhile, and audits.</summary>
    internal async Task RoundAsync(Func<Load, Task> breakAndHeal, bool nothingIsCutShort = false)
    {
        var round = _tally.NextRound();
        var load = new Load(_impatient.GetRequiredService<IConcordatClient>(), _money, $"round-{round}", _settings.TransferTimeout);
        try
        {
            load.Start();
            await breakAndHeal(load);
            await load.StopAsync();
            await Settling.WaitAsync(Client, _http, Banks);

            // Healed is healed: it works as if nothing had been.
            var usual = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => load.MoveAsync()));
            Assert.All(usual, r => Assert.True(Load.IsBusinessAsUsual(r), $"everything is healed, and transfer {r.Transfer} was aborted: {r.Reason}"));
            await Settling.WaitAsync(Client, _http, Banks);

            var results = await load.StopAsync();
            Assert.All(results, r => Assert.True(!nothingIsCutShort || Load.IsBusinessAsUsual(r), $"nothing that was done aborts a transfer, and {r.Transfer} was aborted: {r.Reason}"));
            _tally.Add(results);
            await _audit!.HoldsAsync(round, results);
        }
        finally
        {
            await load.GiveUpAsync();
        }
    }

    /// <summary>How far off the real one its clock is, as its answers say.</summary>
    internal async Task<TimeSpan> ClockOffsetAsync(Service service)
    {
        using var answer = await _http.GetAsync(new Uri(service.Address, service == Coordinator ? "readyz" : "status"));
        return answer.Headers.Date!.Value - DateTimeOffset.UtcNow;
    }

    /// <summary>The last lines of what every process printed, for a test that failed.</summary>
    internal string Outputs(int lines)
    {
        var text = new System.Text.StringBuilder();
        foreach (var file in Directory.EnumerateFiles(Folder, "*.out").Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            text.AppendLine($"==== {Path.GetFileName(file)}").AppendJoin('\n', reader.ReadToEnd().Split('\n').TakeLast(lines)).AppendLine();
        }

        return text.ToString();
    }

    private async Task OpenAsync()
    {
        await Coordinator.StartAsync();
        await Task.WhenAll(Banks.Select(b => b.StartAsync()));
        foreach (var bank in Banks)
        {
            var openings = _money.Openings.Where(o => o.Key.Bank == bank.Name).Select(o => new Opening(o.Key.Account, o.Value));
            using var answer = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(_http, new Uri(bank.Address, "accounts"), openings);
            answer.EnsureSuccessStatusCode();
        }

        await Settling.WaitAsync(Client, _http, Banks);
        var check = _machine.SeeingAll(Programs.Concordat(
            ["check", "--data", _machine.DataOf(Coordinator.Name), .. Banks.SelectMany(b => new[] { "--participant", _machine.DataOf(b.Name) })]));
        _audit = new Audit(Client, _http, Banks, () => Child.RunAsync(Output, check), _money.Openings);
    }

    private ServiceProvider NewClient(TimeSpan retryBudget, TimeSpan attemptTimeout)
    {
        var client = new ServiceCollection().AddLogging().AddConcordatClient(o =>
            (o.Address, o.RetryBudget, o.AttemptTimeout) = (Coordinator.Address, retryBudget, attemptTimeout));
        client.Http.ConfigurePrimaryHttpMessageHandler(_machine.Http);
        return client.Services.BuildServiceProvider();
    }

    private Service NewService(string name, string readyPath, Func<string, string, int, string[]> command)
    {
        var address = _machine.AddressOf(name);
        return new Service(
            name, Path.Combine(Folder, name + ".out"), _http, readyPath, port => _machine.Around(name, command(_machine.DataOf(name), address, port)), address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Everybody)
        {
            await service.DisposeAsync();
        }

        await _machine.DisposeAsync();
        await _patient.DisposeAsync();
        await _impatient.DisposeAsync();
        _http.Dispose();
        await Output.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
