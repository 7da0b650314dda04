using System.Net;
using Concordat.EndToEnd.Participant;
using Concordat.EndToEnd.SagaService;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// NAME PORT FILE-OR-POSTGRES: a service in sagas that remembers in a file of its own, or in PostgreSQL behind the SDK's barrier. A test stops it at points of its choice.
if (args is not [var name, var port, var store])
{
    await Console.Error.WriteLineAsync("usage: Concordat.EndToEnd.SagaService NAME PORT FILE|CONNECTION-STRING");
    return 2;
}

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Concordat.EndToEnd.SagaService" });
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port)));
builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning);
builder.Services.AddRoutingCore();
var points = new StopPoints();
var usesDatabase = store.Contains('=', StringComparison.Ordinal);
if (usesDatabase)
{
    BarrierService.Add(builder.Services, store);
}

await using var app = builder.Build();
app.Use(async (context, next) =>
{
    // A request that is stopped is there in whole: it is carried out late, even where its caller is gone.
    using var body = new MemoryStream();
    await context.Request.Body.CopyToAsync(body);
    body.Position = 0;
    context.Request.Body = body;
    await next();
});
app.Use((context, next) => points.AroundCallAsync(context, next));
app.UseRouting();
app.MapGet("/status", () => Results.Ok());
app.MapGet("/points/{point}", (string point) => points.Reached(point));
app.MapPost("/points/{point}/{action}", (string point, StopAction action) => points.Set(point, action));
if (usesDatabase)
{
    BarrierService.Map(app, name);
}
else
{
    new FileService(store).Map(app);
}

await app.StartAsync();
await Console.Out.WriteLineAsync($"{name} listens on {app.Urls.Single()}");
await app.WaitForShutdownAsync();
return 0;
