using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Concordat.Client.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Tests.Sagas.Steps;

/// <summary>A service with steps, and what it logged and counted.</summary>
internal sealed class StepService : IAsyncDisposable
{
    public const string Saga = "0a1b2c3d-4e5f-8a6b-9c7d-000000000001";
    private readonly WebApplication _app;
    private readonly MeterListener _listener = new();

    private StepService(WebApplication app, LoggedEvents log)
    {
        (_app, Log, Http) = (app, log, app.GetTestClient());
        var meters = app.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "concordat.saga.step.calls" && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Counted.Enqueue(string.Join(' ', tags.ToArray().Select(t => t.Value)) + $" {value}"));
        _listener.Start();
    }

    public HttpClient Http { get; }

    public LoggedEvents Log { get; }

    /// <summary>Such as <c>action done 1</c>.</summary>
    public ConcurrentQueue<string> Counted { get; } = new();

    public static async Task<StepService> StartAsync(Action<WebApplication> map, params ISagaBarrier[] barriers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var log = new LoggedEvents();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.UseTestServer();
        foreach (var barrier in barriers)
        {
            builder.Services.AddSagaBarriers().Add(barrier.Name, _ => barrier);
        }

        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new StepService(app, log);
    }

    /// <param name="with">Changes the request of the coordinator.</param>
    public async Task<(int Status, string Body)> CallAsync(string path, string? body, string call = "action", Action<HttpRequestMessage>? with = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Concordat-Saga", Saga);
        request.Headers.Add("Concordat-Step", "flight");
        request.Headers.Add("Concordat-Call", call);
        request.Headers.Add("Concordat-Attempt", "1");
        request.Headers.Add("Idempotency-Key", $"{Saga}/flight/{call}");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        with?.Invoke(request);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>The event ids that were logged.</summary>
internal sealed class LoggedEvents : ILoggerProvider, ILogger
{
    public ConcurrentQueue<int> Ids { get; } = new();

    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("Concordat", StringComparison.Ordinal)
        ? this
        : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Ids.Enqueue(eventId.Id);

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
    }
}

/// <summary>Answers as it is told, and says whether the work was rolled back.</summary>
internal sealed class FakeBarrier(string name, Func<Func<Task<ReadOnlyMemory<byte>>>, Task<BarrierAnswer>> run) : ISagaBarrier
{
    public string Name => name;

    public bool RolledBack { get; private set; }

    public async Task<BarrierAnswer> RunAsync(SagaStepCall call, Func<SagaTransaction, Task<ReadOnlyMemory<byte>>> work, CancellationToken cancellationToken = default)
    {
        try
        {
            return await run(() => work(new SagaTransaction(null!, null!)));
        }
        catch
        {
            RolledBack = true;
            throw;
        }
    }

    public Task<long> ForgetAsync(TimeSpan olderThan, CancellationToken cancellationToken = default) => Task.FromResult(0L);

    /// <summary>Does the work.</summary>
    public static FakeBarrier Open() => new("db", async work => new BarrierAnswer(BarrierVerdict.Done, await work()));

    /// <summary>Knows the answer.</summary>
    public static FakeBarrier Closed(BarrierVerdict verdict, string result = "") =>
        new("db", _ => Task.FromResult(new BarrierAnswer(verdict, Encoding.UTF8.GetBytes(result))));
}
