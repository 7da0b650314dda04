using System.Text;
using System.Text.Json;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Concordat.Server.Engine;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Server.Tests.Http;

/// <summary>The composed server over Kestrel on a free port, with a fake engine behind it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, FakeEngine engine)
    {
        _app = app;
        Engine = engine;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = Address };
    }

    public FakeEngine Engine { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestServer> Start(Action<ServerOptions>? configure = null, ServerHostSettings? settings = null, IReachedDatabases? databases = null)
    {
        var engine = new FakeEngine();
        settings ??= new ServerHostSettings { AddServices = _ => { } };
        var app = ServerHost.Build(settings with
        {
            Urls = settings.Urls is ["http://127.0.0.1:7070"] ? ["http://127.0.0.1:0"] : settings.Urls,
            Configure = configure,
            AddServices = services =>
            {
                services.AddSingleton<ICoordinatorEngine>(engine);
                if (databases is not null)
                {
                    services.AddSingleton(databases);
                }
            },
        });
        await app.StartAsync();
        return new TestServer(app, engine);
    }

    public Task<HttpResponseMessage> Post(string path, string json, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public Task<HttpResponseMessage> Put(string path, string json) =>
        Send(HttpMethod.Put, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<HttpResponseMessage> Get(string path) => Send(HttpMethod.Get, path, content: null);

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await Client.SendAsync(request);
    }

    public Task Stop() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

internal sealed record Problem(string Type, string Title, int Status, string Detail, string TraceId)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a problem document, which must be whole, and agree with the response's status.</summary>
    public static async Task<Problem> Of(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.Content.Headers.ContentType?.ToString() == "application/problem+json", $"{(int)response.StatusCode} {response.Content.Headers.ContentType}: {body}");
        var problem = JsonSerializer.Deserialize<Problem>(body, Strict)!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        Assert.NotEmpty(problem.TraceId);
        Assert.NotEmpty(problem.Detail);
        return problem;
    }
}
