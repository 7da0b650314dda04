using System.Data.Common;

namespace Concordat.Testing.Databases;

/// <summary>
/// A database server: a private one that the tests start, kill and remove, or, where its programs are not installed, the one that a
/// connection string in the environment names.
/// </summary>
internal abstract class DatabaseServer : IAsyncDisposable
{
    private readonly ServerProcess? _process;
    private readonly List<TestDatabase> _databases = [];

    private protected DatabaseServer(string name, ServerProcess? process) => (Name, _process) = (name, process);

    /// <summary>Such as "PostgreSQL".</summary>
    internal string Name { get; }

    internal int Port => Private.Port;

    /// <summary>The id of its (first) process.</summary>
    internal int ProcessId => Private.Id;

    /// <summary>Where all lives that it keeps.</summary>
    internal string Folder => Private.Folder;

    private ServerProcess Private => _process ?? throw NotRun.Because($"the {Name} server that the environment names is not this test's to kill or to set");

    /// <summary>A connection string with a user who may do everything, for one database or for that of administration.</summary>
    internal abstract string ConnectionString(string? database = null);

    private protected abstract DbDataSource CreateDataSource(string connectionString);

    private protected abstract string Quote(string name);

    internal DbDataSource DataSource(string? database = null) => CreateDataSource(ConnectionString(database));

    /// <summary>A new and empty database.</summary>
    /// <param name="name">Whatever the server allows; null for one that nobody else has.</param>
    internal async Task<TestDatabase> CreateDatabaseAsync(string? name = null)
    {
        name ??= $"concordat_{Guid.NewGuid():n}";
        await ExecuteAsync($"CREATE DATABASE {Quote(name)}");
        var database = new TestDatabase(this, name, DataSource(name));
        lock (_databases)
        {
            _databases.Add(database);
        }

        return database;
    }

    /// <summary>A statement of administration.</summary>
    internal async Task ExecuteAsync(string sql)
    {
        await using var source = DataSource();
        await using var connection = await source.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }

    /// <summary>As if the machine lost all of its processes at once.</summary>
    internal Task KillAsync() => Private.KillAsync();

    /// <summary>On the same folder and port.</summary>
    internal Task StartAgainAsync() => Private.StartAsync();

    internal async Task RestartAsync()
    {
        await KillAsync();
        await StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            if (_process is null)
            {
                await DropAsync(database);
            }

            await database.Source.DisposeAsync();
        }

        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    /// <summary>On somebody else's server nothing is left.</summary>
    private protected abstract Task DropAsync(TestDatabase database);
}
