using System.Globalization;

namespace Concordat.Databases.Tests.Servers;

/// <summary>What the other tests stand on: servers that can be killed, and that nobody has to clean up after.</summary>
public sealed class PrivateServerTests
{
    private const string HolderVariable = "CONCORDAT_TEST_HOLDS_SERVERS";

    [Fact]
    public async Task PostgreSQL_keeps_what_was_committed_over_a_kill()
    {
        await using var server = await PostgresServer.StartAsync();
        await KeepsWhatWasCommittedAsync(server);
    }

    [Fact]
    public async Task MariaDB_keeps_what_was_committed_over_a_kill()
    {
        await using var server = await MariaDbServer.StartAsync();
        await KeepsWhatWasCommittedAsync(server);
    }

    [Fact]
    public async Task PostgreSQL_that_was_killed_leaves_no_process_and_no_shared_memory()
    {
        string folder;
        int segment;
        await using (var server = await PostgresServer.StartAsync())
        {
            await server.RestartAsync();
            folder = server.Folder;
            segment = Assert.NotNull(SharedMemory.IdOf(folder));
            Assert.Contains(segment, Segments());
        }

        Assert.DoesNotContain(segment, Segments());
        Assert.False(Directory.Exists(folder));

        static IEnumerable<int> Segments() => File.ReadLines("/proc/sysvipc/shm").Skip(1)
            .Select(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_name_with_quotes_is_a_name_on_both()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var mariaDb = await MariaDbServer.StartAsync();
        foreach (DatabaseServer server in new DatabaseServer[] { postgres, mariaDb })
        {
            var database = await server.CreateDatabaseAsync("it's a \"name\" `of` ours");
            Assert.Equal(1, await database.ScalarAsync<int>("SELECT 1"));
        }
    }

    [Fact]
    public async Task Servers_die_with_the_process_that_started_them()
    {
        if (Environment.GetEnvironmentVariable(HolderVariable) is { } path)
        {
            await HoldServersAsync(path);
        }

        var note = Path.GetTempFileName();
        try
        {
            await using var holder = await Child.StartAsync(TextWriter.Null, [
                "env", $"{HolderVariable}={note}",
                .. Programs.Beside("Concordat.Databases.Tests.dll", "--filter-method", "*." + nameof(Servers_die_with_the_process_that_started_them)),
            ]);
            await Until.TrueAsync("another test process says which servers it runs", () => File.ReadAllText(note).EndsWith('.') || holder.Exited.IsCompleted);
            var text = File.ReadAllText(note);
            Assert.True(text.EndsWith('.'), $"the other test process ended: {holder.Output}");
            var ids = text.TrimEnd('.').Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray();
            Assert.All(ids, id => Assert.True(ServerProcess.IsThere(id)));

            await holder.KillAsync();

            await Until.TrueAsync("its servers are gone", () => !ids.Any(ServerProcess.IsThere));
        }
        finally
        {
            File.Delete(note);
        }
    }

    /// <summary>The same test in another process, until that is killed.</summary>
    private static async Task HoldServersAsync(string note)
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var mariaDb = await MariaDbServer.StartAsync();
        await File.WriteAllTextAsync(note, $"{postgres.ProcessId} {mariaDb.ProcessId}.");
        await Task.Delay(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
    }

    private static async Task KeepsWhatWasCommittedAsync(DatabaseServer server)
    {
        var port = server.Port;
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await database.ExecuteAsync("INSERT INTO t VALUES (7)");

        await server.RestartAsync();

        Assert.Equal(port, server.Port);
        await using var source = server.DataSource(database.Name);
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal(7, await connection.ScalarAsync<int>("SELECT id FROM t"));
    }
}
