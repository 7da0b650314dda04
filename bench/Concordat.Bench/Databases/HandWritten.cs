using Npgsql;

namespace Concordat.Bench.Databases;

/// <summary>Two-phase commit by hand: work, prepare both at once, force the decision to a file, commit both at once.</summary>
internal sealed class HandWritten(TwoPostgres databases, DecisionFile decisions)
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
        await Task.WhenAll(ExecuteAsync(first, $"PREPARE TRANSACTION '{id}'"), ExecuteAsync(second, $"PREPARE TRANSACTION '{id}'"));
        await decisions.AppendAsync(id);
        await Task.WhenAll(ExecuteAsync(first, $"COMMIT PREPARED '{id}'"), ExecuteAsync(second, $"COMMIT PREPARED '{id}'"));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
