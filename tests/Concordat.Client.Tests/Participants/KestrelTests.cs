using System.Net;
using System.Net.Http.Json;
using Concordat.Client.Participants;
using Concordat.Log;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Participants;

/// <summary>Over a real socket: the address that is registered, and the size of a body.</summary>
public sealed class KestrelTests
{
    [Fact]
    public async Task The_registered_address_is_the_one_that_the_server_listens_on_and_bodies_are_bounded()
    {
        var coordinator = new ScriptedCoordinator().Answer(HttpStatusCode.OK, "{}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(o => o.Listen(IPAddress.Loopback, 0));
        builder.Services.AddConcordatParticipant(o =>
        {
            o.Name = "bank";
            o.DataDirectory = "in-memory";
            o.Coordinator = new Uri("http://coordinator:7070");
            o.SegmentSizeBytes = 64 * 1024;
        }).UseLoggedResourceManager<TestBank>();
        builder.Services.AddHttpClient(CoordinatorHttpClients.Name).ConfigurePrimaryHttpMessageHandler(() => coordinator);
        ((ParticipantParts)builder.Services.Single(s => s.ServiceType == typeof(ParticipantParts)).ImplementationInstance!).Storage =
            _ => new MemoryLogStorage();
        await using var app = builder.Build();
        app.MapConcordatParticipant("/here");
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var participant = app.Services.GetRequiredService<IParticipant>();
        await Wait.UntilAsync(() => participant.Status.Registered, "it is registered");
        Assert.Contains($"\"url\":\"{address}/here\"", coordinator.Seen.Single().Body);

        using var http = new HttpClient();
        var call = new PrepareCall
        {
            TransactionId = ParticipantProcess.Transaction(1),
            BranchId = "1",
            CreatedAt = DateTimeOffset.UtcNow,
            Deadline = DateTimeOffset.UtcNow.AddMinutes(1),
            EndedBefore = DateTimeOffset.UnixEpoch,
            Operations = [Operations.Of("debit", "alice", new { amount = 1, text = new string('x', 20_000) })],
        };
        using (var tooMuchForALogRecord = await http.PostAsJsonAsync($"{address}/here/prepare", call, ContractJson.Default.PrepareCall))
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooMuchForALogRecord.StatusCode);
        }

        var large = call with { Operations = [Operations.Of("debit", "alice", new string('x', 5 * 1024 * 1024))] };
        using (var tooMuch = await http.PostAsJsonAsync($"{address}/here/prepare", large, ContractJson.Default.PrepareCall))
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooMuch.StatusCode);
        }

        using (var good = await http.PostAsJsonAsync($"{address}/here/prepare", call with { Operations = [ParticipantProcess.Debit(1)] }, ContractJson.Default.PrepareCall))
        {
            Assert.Equal(Vote.Yes, (await ParticipantProcess.VoteOfAsync(good)).Vote);
        }

        await app.StopAsync();
    }
}
