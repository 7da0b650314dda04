namespace Concordat.Testing.Databases;

/// <summary>
/// One server of each kind for all tests of an assembly (<c>[assembly: AssemblyFixture(typeof(SharedServers))]</c>), started when the first
/// test asks for it. A test that cannot have it is skipped where it asks. Tests keep to databases of their own, and who kills or
/// sets a server starts one of its own.
/// </summary>
public sealed class SharedServers : IAsyncDisposable
{
    private readonly Lock _starting = new();
    private Task<PostgresServer>? _postgres;
    private Task<MariaDbServer>? _mariaDb;

    internal Task<PostgresServer> PostgresAsync()
    {
        lock (_starting)
        {
            return _postgres ??= PostgresServer.StartAsync();
        }
    }

    internal Task<MariaDbServer> MariaDbAsync()
    {
        lock (_starting)
        {
            return _mariaDb ??= MariaDbServer.StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is { IsCompletedSuccessfully: true })
        {
            await (await _postgres).DisposeAsync();
        }

        if (_mariaDb is { IsCompletedSuccessfully: true })
        {
            await (await _mariaDb).DisposeAsync();
        }
    }
}
