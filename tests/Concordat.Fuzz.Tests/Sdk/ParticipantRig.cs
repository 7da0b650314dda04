using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Concordat.Client.Participants;
using Concordat.Fuzz.Tests.Support;
using Concordat.Log;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Fuzz.Tests.Sdk;

/// <summary>A participant on the SDK over real sockets, on a disk in memory.</summary>
internal sealed class ParticipantRig : IAsyncDisposable
{
    public static readonly DateTimeOffset Created = DateTimeOffset.UtcNow.AddSeconds(-1);

    private readonly Uri? _coordinator;
    private WebApplication _app = null!;
    private ulong _counter;

    private ParticipantRig(Uri? coordinator) => _coordinator = coordinator;

    public MemoryLogStorage Disk { get; private set; } = new();

    public ConcurrentQueue<string> Failures { get; } = new();

    public IPEndPoint EndPoint { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public IParticipant Participant => _app.Services.GetRequiredService<IParticipant>();

    public static async Task<ParticipantRig> Start(Uri? coordinator = null)
    {
        var rig = new ParticipantRig(coordinator);
        await rig.StartHost();
        return rig;
    }

    public static TransactionId Id(ulong counter, ulong coordinator = 7) => new(coordinator, 3, counter);

    /// <summary>What it holds and has promised.</summary>
    public async Task<string> State() =>
        $"{await Participant.ReadAsync(() => _app.Services.GetRequiredService<Purse>().ToString())}; unfinished {Participant.Status.Unfinished}, in doubt {Participant.Status.InDoubt}";

    /// <summary>A branch like everybody's is prepared and committed.</summary>
    public async Task ShouldCommit()
    {
        var counter = ++_counter;
        Assert.Equal(200, await Call("prepare", counter, """, "deadline": "2099-01-01T00:00:00Z", "operations": [{"type": "debit"}]"""));
        Assert.Equal(204, await Call("commit", counter));
        Assert.Empty(Failures);
    }

    public async Task<int> Call(string what, ulong counter, string more = "", ulong coordinator = 1)
    {
        var body = $$"""{"transactionId": "{{Id(counter, coordinator)}}", "branchId": "1", "createdAt": "{{Created:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}", "endedBefore": "1970-01-01T00:00:00Z"{{more}}}""";
        using var response = await Bounded.Comes(Http.PostAsync("/concordat/" + what, new StringContent(body, Encoding.UTF8, "application/json")), $"{what} is answered");
        return (int)response.StatusCode;
    }

    /// <summary>Ends as by a power cut that loses nothing that was synced, and starts on what is left.</summary>
    public async Task CrashAndRestart()
    {
        Http.Dispose();
        _app.Services.GetRequiredService<ParticipantHost>().Crash();
        Disk = Disk.Crash(CrashPlan.LoseUnsynced);
        await _app.DisposeAsync();
        await StartHost();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Bounded.Comes(_app.StopAsync(), "the participant stops");
        await _app.DisposeAsync();
    }

    private async Task StartHost()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddConcordatParticipant(options =>
        {
            options.Name = "purse";
            options.DataDirectory = "in-memory";
            options.Coordinator = _coordinator;
            options.SegmentSizeBytes = 256 * 1024;
            options.InquireAfter = TimeSpan.FromMilliseconds(20);
            options.CoordinatorTimeout = TimeSpan.FromMilliseconds(400);
            options.StopTimeout = TimeSpan.FromSeconds(1);
            options.FailStop = (message, cause) => Failures.Enqueue($"{message} {cause}");
        }).UseLoggedResourceManager<Purse>();
        var parts = (ParticipantParts)builder.Services.Single(s => s.ServiceType == typeof(ParticipantParts)).ImplementationInstance!;
        parts.Storage = _ => Disk;
        _app = builder.Build();
        _app.MapConcordatParticipant();
        await _app.StartAsync();
        var address = new Uri(_app.Urls.Single());
        EndPoint = new IPEndPoint(IPAddress.Loopback, address.Port);
        Http = new HttpClient { BaseAddress = address };
    }
}
