using System.Collections.Concurrent;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Sagas;

/// <summary>A coordinator in this process, and a service behind real sockets that answers as it is told and remembers what it was asked.</summary>
internal sealed class SagaWorld : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("concordat-sagas-").FullName;
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<StepCalled> _calls = new();

    private SagaWorld()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options => options.Storage.Path = _data);
        builder.Services.AddConcordatEngine();
        builder.Services.AddConcordatClient(options => options.Address = new Uri("http://nobody.invalid/")).Http.CallInProcess();
        _app = builder.Build();
        _app.UseConcordatProblems();
        _app.MapConcordat();
        _app.MapPost("/service/{**path}", AnswerAsync);
    }

    /// <summary>What the service does with a call of a path, such as <c>/book</c>; 200 without a word where nothing is said.</summary>
    public ConcurrentDictionary<string, Func<StepCalled, Task<IResult>>> Service { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<StepCalled> Calls => [.. _calls];

    /// <summary>The paths that were called, in order.</summary>
    public string Paths => string.Join(' ', _calls.Select(call => call.Path));

    public IConcordatClient Client => _app.Services.GetRequiredService<IConcordatClient>();

    public string Address => _app.Urls.First();

    public static async Task<SagaWorld> StartAsync(params string[] participants)
    {
        var world = new SagaWorld();
        await world._app.StartAsync();
        foreach (var participant in participants)
        {
            await world.Client.PutParticipantAsync(participant, new ParticipantRequest { Url = world.Address + "/service" });
        }

        return world;
    }

    public void Answers(string path, params int[] statuses)
    {
        var answered = -1;
        Service[path] = _ => Task.FromResult(Results.StatusCode(statuses[Math.Min(Interlocked.Increment(ref answered), statuses.Length - 1)]));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task<IResult> AnswerAsync(HttpContext http, string path)
    {
        using var reader = new StreamReader(http.Request.Body);
        var call = new StepCalled("/" + path, await reader.ReadToEndAsync(), http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _calls.Enqueue(call);
        return Service.TryGetValue(call.Path, out var answer) ? await answer(call) : Results.Ok();
    }
}

internal sealed record StepCalled(string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}
