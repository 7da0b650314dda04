namespace Concordat.Matrix.Tests.Worlds;

/// <summary>One world for all cells of a stack. A cell that failed may leave anything behind, so the next one has a new one.</summary>
public sealed class WorldKeeper : IAsyncDisposable
{
    private MatrixWorld? _world;

    internal async Task<MatrixWorld> GetAsync(Stack stack) => _world ??= await MatrixWorld.StartAsync(stack);

    internal async Task DropAsync()
    {
        if (_world is { } world)
        {
            _world = null;
            TestContext.Current.TestOutputHelper?.WriteLine(world.Outputs());
            await world.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }
}
