using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>Two-phase commit by hand: work, prepare both at once, have the decision forced to disk, commit both at once.</summary>
/// <param name="decide">Returns when the decision is durable.</param>
/// <param name="asksForEvidence">With each prepare it asks, in the same round trip, which transaction that was, so that its fate can be asked for after a crash.</param>
internal sealed class HandWritten(TwoPostgres databases, Func<Guid, Task> decide, bool asksForEvidence = false)
{
    public async Task RunAsync(int worker)
    {
        var id = Guid.NewGuid();
        await using var first = await databases.Sources[0].OpenConnectionAsync();
        await using var second = await databases.Sources[1].OpenConnectionAsync();
        await using var one = await first.BeginTransactionAsync();
        await TwoPostgres.WorkAsync(first, worker);
        await using var two = await second.BeginTransactionAsync();
        await TwoPostgres.WorkAsync(second, worker);
        await Task.WhenAll(PrepareAsync(first, id), PrepareAsync(second, id));
        await decide(id);
        await Task.WhenAll(ExecuteAsync(first, $"COMMIT PREPARED '{id}'"), ExecuteAsync(second, $"COMMIT PREPARED '{id}'"));
    }

    private async Task PrepareAsync(NpgsqlConnection connection, Guid id)
    {
        if (!asksForEvidence)
        {
            await ExecuteAsync(connection, $"PREPARE TRANSACTION '{id}'");
            return;
        }

        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT date_part('epoch', pg_postmaster_start_time()), pg_current_xact_id_if_assigned()::text"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"PREPARE TRANSACTION '{id}'"));
        await using var reader = await batch.ExecuteReaderAsync();
        if (!await reader.ReadAsync() || await reader.IsDBNullAsync(1))
        {
            throw new InvalidOperationException("a transaction that wrote has no id");
        }

        await reader.NextResultAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
