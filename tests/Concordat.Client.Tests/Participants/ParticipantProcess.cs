using System.Net.Http.Json;
using System.Text.Json;
using Concordat.Client.Participants;
using Concordat.Log;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Participants;

/// <summary>A participant in a host of its own, on a disk in memory, that can crash.</summary>
internal sealed class ParticipantProcess : IAsyncDisposable
{
    public const ulong Coordinator = 7;
    public static readonly DateTimeOffset Created = DateTimeOffset.UtcNow.AddSeconds(-1);
    private readonly WebApplication _app;
    private bool _ended;

    private ParticipantProcess(WebApplication app, MemoryLogStorage disk, ConcurrentFailures failures)
    {
        _app = app;
        Disk = disk;
        Failures = failures;
        Http = app.GetTestClient();
        Participant = app.Services.GetRequiredService<IParticipant>();
    }

    public MemoryLogStorage Disk { get; }

    /// <summary>What would have ended the process.</summary>
    public ConcurrentFailures Failures { get; }

    public HttpClient Http { get; }

    public IParticipant Participant { get; }

    public IServiceProvider Services => _app.Services;

    public TestBank Bank => _app.Services.GetRequiredService<TestBank>();

    public static async Task<ParticipantProcess> StartAsync(
        MemoryLogStorage? disk = null, StoreDisk? store = null, ScriptedCoordinator? coordinator = null,
        Action<ParticipantOptions>? with = null, Func<MemoryLogStorage, ILogStorage>? storage = null)
    {
        disk ??= new MemoryLogStorage();
        var failures = new ConcurrentFailures();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        var participant = builder.Services.AddConcordatParticipant(o =>
        {
            o.Name = "bank";
            o.DataDirectory = "in-memory";
            o.Coordinator = coordinator is null ? null : new Uri("http://coordinator:7070");
            o.PublicUrl = new Uri("http://bank:8001/concordat");
            o.SegmentSizeBytes = 64 * 1024;
            o.InquireAfter = TimeSpan.FromMilliseconds(50);
            o.StopTimeout = TimeSpan.FromSeconds(1);
            o.FailStop = failures.Add;
            with?.Invoke(o);
        });
        if (store is null)
        {
            participant.UseLoggedResourceManager<TestBank>();
        }
        else
        {
            builder.Services.AddSingleton(store);
            participant.UseResourceManager<TestStore>();
        }

        if (coordinator is not null)
        {
            builder.Services.AddHttpClient(CoordinatorHttpClients.Name).ConfigurePrimaryHttpMessageHandler(() => coordinator);
        }

        Parts(builder.Services).Storage = _ => storage?.Invoke(disk) ?? disk;
        var app = builder.Build();
        app.MapConcordatParticipant();
        app.MapHealthChecks("/readyz");
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new ParticipantProcess(app, disk, failures);
    }

    public static TransactionId Transaction(ulong counter) => new(Coordinator, 3, counter);

    public static Operation Debit(long amount, string account = "alice") => Operations.Of("debit", account, new TestBank.Money(amount));

    public Task<HttpResponseMessage> PrepareAsync(ulong counter, params Operation[] operations) => Http.PostAsJsonAsync(
        "/concordat/prepare",
        new PrepareCall
        {
            TransactionId = Transaction(counter),
            BranchId = "1",
            CreatedAt = Created,
            Deadline = Created.AddMinutes(1),
            EndedBefore = DateTimeOffset.UnixEpoch,
            InquiryUrl = "http://evil/outcome",
            Operations = operations,
        },
        ContractJson.Default.PrepareCall);

    public Task<HttpResponseMessage> CommitAsync(ulong counter) => CompleteAsync("commit", counter);

    public Task<HttpResponseMessage> RollbackAsync(ulong counter) => CompleteAsync("rollback", counter);

    public Task<HttpResponseMessage> OnePhaseAsync(ulong counter, params Operation[] operations) => CompleteAsync("commit", counter, true, operations);

    public Task<HttpResponseMessage> CompleteAsync(
        string what, ulong counter, bool onePhase = false, Operation[]? operations = null, DateTimeOffset? createdAt = null, DateTimeOffset? endedBefore = null) =>
        Http.PostAsJsonAsync(
            "/concordat/" + what,
            new CompleteCall
            {
                TransactionId = Transaction(counter),
                BranchId = "1",
                CreatedAt = createdAt ?? Created,
                EndedBefore = endedBefore ?? DateTimeOffset.UnixEpoch,
                OnePhase = onePhase,
                Operations = operations,
            },
            ContractJson.Default.CompleteCall);

    public async Task<PrepareAnswer> VoteAsync(ulong counter, params Operation[] operations)
    {
        using var response = await PrepareAsync(counter, operations);
        return await VoteOfAsync(response);
    }

    public static async Task<PrepareAnswer> VoteOfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize(text, ContractJson.Default.PrepareAnswer)!;
    }

    public Task<long> BalanceAsync(string account = "alice") => Participant.ReadAsync(() => Bank.BalanceOf(account));

    /// <summary>Ends as by a power cut; returns the disk as it is found afterwards.</summary>
    public async Task<MemoryLogStorage> CrashAsync(CrashPlan? plan = null)
    {
        _ended = true;
        _app.Services.GetRequiredService<ParticipantHost>().Crash();
        var after = Disk.Crash(plan ?? CrashPlan.LoseUnsynced);
        await _app.DisposeAsync();
        return after;
    }

    /// <summary>A clean stop.</summary>
    public async Task StopAsync()
    {
        _ended = true;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            await StopAsync();
        }
    }

    private static ParticipantParts Parts(IServiceCollection services) =>
        (ParticipantParts)services.Single(s => s.ServiceType == typeof(ParticipantParts)).ImplementationInstance!;
}

internal sealed class ConcurrentFailures
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(string Message, Exception Cause)> _all = new();

    public int Count => _all.Count;

    public string First => _all.TryPeek(out var first) ? first.Message : "";

    public void Add(string message, Exception cause) => _all.Enqueue((message, cause));
}
