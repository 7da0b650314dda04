using System.Data.Common;
using Npgsql;

namespace Concordat.Databases.Tests.Facts.Postgres;

/// <summary>The backend is ended after each step, as a cut cable ends it once the server notices.</summary>
public sealed class ConnectionLossFacts(SharedServers servers) : PostgresFact(servers)
{
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, false)]
    [InlineData(3, true, false)]
    [InlineData(4, false, true)]
    public async Task A_lost_connection_leaves_what_the_last_answered_step_left(int steps, bool prepared, bool written)
    {
        string[] all = ["BEGIN", "UPDATE t SET v = 1 WHERE id = 1", $"PREPARE TRANSACTION {Quoted}", $"COMMIT PREPARED {Quoted}"];
        await using (var connection = (NpgsqlConnection)await Database.OpenAsync())
        {
            foreach (var step in all[..steps])
            {
                await connection.ExecuteAsync(step);
            }

            await EndAsync(connection);
        }

        Assert.Equal(prepared, await IsPreparedAsync());
        Assert.Equal(written ? 1 : 0, await ValueAsync());
        Assert.Equal(prepared ? "55P03" : null, await IsLockedAsync());
        if (prepared)
        {
            await Database.ExecuteAsync($"ROLLBACK PREPARED {Quoted}");
        }
    }

    private async Task EndAsync(NpgsqlConnection connection)
    {
        await using var other = await Database.OpenAsync();
        await other.ExecuteAsync($"SELECT pg_terminate_backend({connection.ProcessID})");
        await Until.TrueAsync(
            "the server ends the session",
            async () => await other.ScalarAsync<int>($"SELECT count(*) FROM pg_stat_activity WHERE pid = {connection.ProcessID}") == 0);
    }

    private async Task<string?> IsLockedAsync()
    {
        await using DbConnection other = await Database.OpenAsync();
        return await DatabaseError.OfAsync(other, "SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT");
    }
}
