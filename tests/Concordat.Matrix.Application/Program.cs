using System.Globalization;
using System.Net;
using Concordat.Matrix.Application.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// STACK PORT COORDINATOR FIRST SECOND: adds 1 to a row of each of two databases in one transaction, whenever it is asked to. It has no hooks: whoever
// wants to stop it stands between it and those that it talks to.
if (args is not [var stack, var port, var coordinator, var first, var second])
{
    await Console.Error.WriteLineAsync("usage: Concordat.Matrix.Application STACK PORT COORDINATOR FIRST-CONNECTION-STRING SECOND-CONNECTION-STRING");
    return 2;
}

await using var work = Stacks.Create(stack, new Uri(coordinator), first, second);
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Concordat.Matrix.Application" });
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture)));
builder.Services.AddRoutingCore();
await using var app = builder.Build();
app.UseRouting();
app.MapGet("/ready", () => "");
app.MapPost("/runs/{run:int}", (int run, double timeout) => Told.OfAsync(
    () => work.RunAsync(TimeSpan.FromSeconds(timeout), id => Console.WriteLine($"run {run} is {id}"))));
await app.StartAsync();
await Console.Out.WriteLineAsync($"the application listens on {app.Urls.Single()}");
await app.WaitForShutdownAsync();
return 0;
