using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Concordat.Cli.Tests.Support;

/// <summary>A server on a free port that answers what the test says, and remembers what it was asked.</summary>
internal sealed class FakeCoordinator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<string> _requests = [];

    private FakeCoordinator(WebApplication app) => _app = app;

    internal string Url => _app.Urls.First();

    /// <summary>"METHOD path?query body", one per request.</summary>
    internal IReadOnlyList<string> Requests => _requests;

    internal string? LastAuthorization { get; private set; }

    internal static async Task<FakeCoordinator> StartAsync(Func<string, string, (int Status, string Body)> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var fake = new FakeCoordinator(builder.Build());
        fake._app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            var target = $"{context.Request.Path}{context.Request.QueryString}";
            fake._requests.Add($"{context.Request.Method} {target} {body}".TrimEnd());
            fake.LastAuthorization = context.Request.Headers.Authorization;
            var (status, content) = answer(context.Request.Method, target);
            context.Response.StatusCode = status;
            context.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
            await context.Response.WriteAsync(content);
        });
        await fake._app.StartAsync();
        return fake;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
