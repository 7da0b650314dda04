using System.Net;
using Concordat.Client.Participants;
using Concordat.EndToEnd.Participant;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// NAME DATA-DIRECTORY PORT COORDINATOR [PUBLIC-URL]: a participant of the SDK, with switches by which a test stops it at a point of its choice.
if (args is not [var name, var data, var port, var coordinator, .. { Length: <= 1 } publicUrl])
{
    await Console.Error.WriteLineAsync("usage: Concordat.EndToEnd.Participant NAME DATA-DIRECTORY PORT COORDINATOR [PUBLIC-URL]");
    return 2;
}

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Concordat.EndToEnd.Participant" });
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port)));
builder.Logging.AddSimpleConsole(console => console.SingleLine = true)
    .AddFilter("Microsoft", LogLevel.Warning)
    .AddFilter("System.Net.Http", LogLevel.Warning);
builder.Services.AddRoutingCore();
builder.Services.AddSingleton<StopPoints>();
builder.Services
    .AddConcordatParticipant(options =>
    {
        options.Name = name;
        options.DataDirectory = data;
        options.Coordinator = new Uri(coordinator);
        options.PublicUrl = publicUrl is [var url] ? new Uri(url) : null;

        // Small, so that even a short test changes files and writes checkpoints; a thousand branches at once must have room.
        options.SegmentSizeBytes = 1024 * 1024;
        options.CheckpointEveryBytes = 64 * 1024;
        options.InquireAfter = TimeSpan.FromSeconds(1);
    })
    .UseLoggedResourceManager<Tally>();

await using var app = builder.Build();
var points = app.Services.GetRequiredService<StopPoints>();
app.Use((context, next) => points.AroundCallAsync(context, next));
app.UseRouting();
app.MapConcordatParticipant();
app.MapGet("/status", (IParticipant participant) => participant.Status);
app.MapGet("/applied", (Tally tally, IParticipant participant) => participant.ReadAsync(() => new Dictionary<string, int>(tally.Applied, StringComparer.Ordinal)));
app.MapGet("/held", (Tally tally, IParticipant participant) => participant.ReadAsync(() => tally.Held.ToArray()));
app.MapGet("/points/{point}", (string point) => points.Reached(point));
app.MapPost("/points/{point}/{action}", (string point, StopAction action) => points.Set(point, action));
await app.StartAsync();
await Console.Out.WriteLineAsync($"{name} listens on {app.Urls.Single()}");
await app.WaitForShutdownAsync();
return 0;
