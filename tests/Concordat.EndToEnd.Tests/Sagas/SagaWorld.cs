using Concordat.EndToEnd.Tests.Harness;

namespace Concordat.EndToEnd.Tests.Sagas;

/// <summary>A coordinator and three services, for all sagas of a class: started once, and again where a test killed them.</summary>
public sealed class SagaWorld : IAsyncDisposable
{
    private readonly List<(string Saga, string Outcome)> _ended = [];
    private World? _world;

    internal World World => _world!;

    internal KillableService[] Services { get; private set; } = [];

    /// <param name="store">A connection string; null: each has a file.</param>
    internal async Task StartAsync(string? store = null)
    {
        if (Services is [])
        {
            _world = new World();
            await World.StartAsync();
            Services = await Task.WhenAll(Trip.Services.Select(name => World.SagaServiceAsync(name, store)));
        }
    }

    /// <summary>Waits until a saga has ended, as it must.</summary>
    internal async Task EndsAsync(string saga, string outcome)
    {
        Assert.Equal(outcome, (await World.Api.SagaEndsAsync(saga)).Outcome);
        _ended.Add((saga, outcome));
    }

    /// <summary>In the end the log is in order, and after one more start every saga has ended as it had.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_world is null)
        {
            return;
        }

        if (Services is not [])
        {
            await World.Coordinator.KillAsync();
            var (exitCode, output) = await World.RunAsync(Programs.Concordat("check", "--data", World.DataDirectory));
            Assert.True(exitCode == 0, $"concordat check ended with {exitCode}:\n{output}");
            await World.Coordinator.StartAsync();
            foreach (var (saga, outcome) in _ended)
            {
                Assert.Equal(outcome, (await World.Api.SagaEndsAsync(saga)).Outcome);
            }
        }

        await _world.DisposeAsync();
    }
}
