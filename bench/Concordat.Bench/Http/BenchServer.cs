using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Bench.Http;

/// <summary>Kestrel as the server has it: no middleware but routing, no logging. Prints where it listens; ends with its standard input.</summary>
internal static class BenchServer
{
    internal static async Task RunAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddRouting();
        await using var app = builder.Build();
        map(app);
        await app.StartAsync();
        Console.WriteLine($"listening on {app.Urls.First()}");
        await Console.In.ReadToEndAsync();
    }

    internal static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        var body = new byte[(int)(request.ContentLength ?? 0)];
        await request.Body.ReadExactlyAsync(body);
        return body;
    }

    internal static async Task AnswerAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        http.Response.ContentLength = body.Length;
        if (!body.IsEmpty)
        {
            http.Response.ContentType = "application/json";
            await http.Response.BodyWriter.WriteAsync(body);
        }
    }
}
