using System.Data.Common;
using System.Globalization;

namespace Concordat.Databases.Connections;

// Everything here is put together from constants, validated names and quoted identifiers.
#pragma warning disable CA2100
internal static class Statements
{
    internal static async Task ExecuteAsync(this DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All rows of the first result, as text.</summary>
    internal static async Task<List<string?[]>> QueryAsync(this DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await RowsAsync(reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The only row of the first result, as text; an empty result is an error.</summary>
    internal static async Task<string?[]> RowAsync(this DbConnection connection, string sql, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(sql, cancellationToken).ConfigureAwait(false))[0];

    /// <summary>
    /// A query and a statement that is only executed if the query succeeded, in one round trip: as a batch, or, with drivers that have
    /// none, in one text.
    /// </summary>
    /// <returns>The query's only row, when both have succeeded.</returns>
    internal static async Task<string?[]> RowThenAsync(
        this DbConnection connection, DbTransaction? transaction, string query, string statement, CancellationToken cancellationToken)
    {
        await using var batch = connection.CanCreateBatch ? connection.CreateBatch() : null;
        await using var command = batch is null ? connection.CreateCommand() : null;
        if (batch is not null)
        {
            batch.Transaction = transaction;
            foreach (var sql in (string[])[query, statement])
            {
                var part = batch.CreateBatchCommand();
                part.CommandText = sql;
                batch.BatchCommands.Add(part);
            }
        }
        else
        {
            command!.Transaction = transaction;
            command.CommandText = $"{query}; {statement}";
        }

        var reader = batch is null
            ? await command!.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false)
            : await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader)
        {
            var rows = await RowsAsync(reader, cancellationToken).ConfigureAwait(false);

            // An error of a later statement comes to light when its result is reached.
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return rows[0];
        }
    }

    private static async Task<List<string?[]>> RowsAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var row = new string?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = Text(reader.GetValue(i));
            }

            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Drivers differ in what they make of a server's text and numbers. Bytes that are no ASCII are nothing of ours.</summary>
    private static string? Text(object value) => value switch
    {
        DBNull => null,
        byte[] bytes => System.Text.Encoding.Latin1.GetString(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
