namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>Ends what a test started, and shows what it printed when the test failed.</summary>
public abstract class EndToEndTest : IAsyncLifetime
{
    private readonly List<World> _worlds = [];

    private protected World NewWorld(System.Text.Json.Nodes.JsonObject? settings = null, Func<string[], string[]>? around = null, string? dataDirectory = null)
    {
        var world = new World(settings, around, dataDirectory);
        _worlds.Add(world);
        return world;
    }

    private protected async Task<World> StartWorldAsync(System.Text.Json.Nodes.JsonObject? settings = null)
    {
        var world = NewWorld(settings);
        await world.StartAsync();
        return world;
    }

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var world in _worlds)
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                TestContext.Current.TestOutputHelper?.WriteLine(world.Outputs());
            }

            await world.DisposeAsync();
        }
    }
}
