using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Concordat.Client;
using Concordat.Samples.Trip.Services;
using Concordat.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Samples.Trip.Demo;

/// <summary>The coordinator and three services, as processes of their own that end with this one.</summary>
internal sealed partial class TripWorld : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("concordat-trip-").FullName;
    private readonly HttpClient _http = new();
    private readonly List<Child> _services = [];
    private readonly List<string> _addresses = [];
    private Child? _coordinator;
    private ServiceProvider? _client;

    /// <summary>Named as the steps and the participants.</summary>
    public static IReadOnlyList<string> Services { get; } = ["flight", "hotel", "car"];

    public ISagaClient Sagas => _client!.GetRequiredService<IConcordatClient>().Sagas;

    public async Task StartAsync()
    {
        foreach (var _ in Services)
        {
            var service = await Child.StartAsync(TextWriter.Null, Programs.Beside(
                "Trip.dll", "serve", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Critical", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information"));
            _services.Add(service);
            _addresses.Add(await AddressAsync(service));
        }

        await StartCoordinatorAsync();
        foreach (var (service, address) in Services.Zip(_addresses))
        {
            await _client!.GetRequiredService<IConcordatClient>().PutParticipantAsync(service, new ParticipantRequest { Url = address });
        }
    }

    public async Task StartCoordinatorAsync()
    {
        _coordinator = await Child.StartAsync(TextWriter.Null, Programs.Concordat("serve", "--data", Path.Combine(_folder, "log"), "--urls", "http://127.0.0.1:0"));
        var address = new Uri(await AddressAsync(_coordinator));
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddConcordatClient(options => options.Address = address);
        _client = services.BuildServiceProvider();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillCoordinatorAsync()
    {
        await _coordinator!.KillAsync();
        await _client!.DisposeAsync();
    }

    /// <summary>How many calls of the saga a service has done and not answered.</summary>
    public Task<int> HeldAsync(int service, TransactionId saga) => _http.GetFromJsonAsync<int>($"{_addresses[service]}/held/{saga}");

    public async Task<string> BookingAsync(int service, TransactionId saga)
    {
        using var answer = await _http.GetAsync($"{_addresses[service]}/bookings/{saga}");
        return answer.StatusCode == HttpStatusCode.NotFound ? "nothing"
            : (await answer.Content.ReadFromJsonAsync<Booking>())!.IsCancelled ? "cancelled"
            : "booked";
    }

    public async ValueTask DisposeAsync()
    {
        await (_client?.DisposeAsync() ?? default);
        foreach (var process in (Child?[])[_coordinator, .. _services])
        {
            await (process?.DisposeAsync() ?? default);
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> AddressAsync(Child process) => (await process.PrintsAsync(Listening()))?.Groups["address"].Value
        ?? throw new InvalidOperationException($"a process ended with exit code {await process.Exited} and said\n{process.Output}");

    [GeneratedRegex(@"listening on:? (?<address>http://127\.0\.0\.1:[1-9]\d*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
