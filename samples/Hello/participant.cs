#:sdk Microsoft.NET.Sdk.Web
#:property RestorePackagesWithLockFile=false
#:property RestoreLockedMode=false
#:property PublishAot=false

// The smallest participant: three handlers, in any language. It prints what it is told and keeps nothing, so it is for trying
// things out only: a real one makes its yes durable before it answers (see docs/participants.md).
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();
app.MapPost("/prepare", async (HttpRequest request) => { await Show(request); return Results.Json(new { vote = "yes" }); });
app.MapPost("/commit", async (HttpRequest request) => { await Show(request); return Results.Ok(); });
app.MapPost("/rollback", async (HttpRequest request) => { await Show(request); return Results.Ok(); });
await app.StartAsync();
Console.WriteLine($"a participant that says yes to everything, on {app.Urls.First()}");
await app.WaitForShutdownAsync();

static async Task Show(HttpRequest request)
{
    using var body = new StreamReader(request.Body);
    Console.WriteLine($"{request.Path} {await body.ReadToEndAsync()}");
}
