using System.Data.Common;
using System.Globalization;
using Concordat.Client.Sagas;

namespace Concordat.Databases;

/// <summary>
/// <c>concordat_saga_steps</c>: one row for each step that was called. Its key is what orders the calls of a step: who inserts or updates the row goes on, everybody else
/// waits for the end of that transaction.
/// </summary>
internal abstract class StepTable
{
    internal const string Name = "concordat_saga_steps";

    /// <summary>Rows looked at in one go by who forgets.</summary>
    private const int PageSize = 1000;

    private const int MostRemovedAtOnce = 100;

    private const string ThisStep = "saga_id = @saga AND step = @step";

    /// <summary>Makes the table, unless there is one.</summary>
    protected abstract string Definition { get; }

    /// <summary>Does nothing where there is the row, after waiting for the transaction that is making it.</summary>
    protected abstract string InsertUnlessThere { get; }

    /// <summary>Behind a query: of the newest that is committed, whatever the transaction saw before.</summary>
    protected abstract string AsCommitted { get; }

    /// <summary>Behind the table's name: rows are found by their key, and none is waited for that is another one's.</summary>
    protected abstract string ByKey { get; }

    /// <summary>The time by the server's clock.</summary>
    protected abstract string Now { get; }

    /// <summary>By the server's clock.</summary>
    protected abstract string Ago(TimeSpan time);

    /// <summary>Whether waits are left to the server, and not to the driver's time limit.</summary>
    protected abstract bool IsServerToLimitWaits { get; }

    /// <summary>There is no such table.</summary>
    internal abstract bool IsMissing(DbException error);

    /// <summary>May go well the next time: a deadlock, a lock that was not to be had, a server that ends or is lost.</summary>
    internal abstract bool IsTransient(DbException error);

    /// <summary>The server said no to a commit: nothing happened.</summary>
    internal abstract bool IsRefusal(DbException error);

    /// <summary>Makes it at the first use. Who may not make tables needs one that is there.</summary>
    /// <exception cref="DbException">It cannot be made, or the connection was lost.</exception>
    internal async Task EnsureAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(connection, cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (DbException error) when (IsMissing(error))
        {
            // Made below.
        }

        try
        {
            await ExecuteAsync(connection, null, Definition, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // Somebody else was making it at the same time, which PostgreSQL says in various ways; then it is there now. Else this says why not.
            try
            {
                await LookAsync(connection, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (DbException error) when (IsMissing(error))
            {
            }

            throw;
        }
    }

    private Task<int> LookAsync(DbConnection connection, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, null, $"SELECT saga_id, step, state, result, begun_at, changed_at FROM {Name} LIMIT 0", cancellationToken);

    /// <returns>False: there is the row, of a transaction that has ended.</returns>
    internal async Task<bool> InsertAsync(SagaTransaction transaction, SagaStepCall call, string state, CancellationToken cancellationToken) =>
        await ExecuteAsync(transaction.Connection, transaction.Transaction, InsertUnlessThere, cancellationToken, [.. Key(call), ("state", state)]).ConfigureAwait(false) == 1;

    /// <returns>False: there is no row in one of these states. Waits for a transaction that has the row.</returns>
    internal async Task<bool> UpdateAsync(
        SagaTransaction transaction, SagaStepCall call, string[] from, string to, ReadOnlyMemory<byte> result, CancellationToken cancellationToken)
    {
        var states = string.Join(", ", from.Select(static s => $"'{s}'"));
        var setResult = result.IsEmpty ? "" : ", result = @result";
        var sql = $"UPDATE {Name} {ByKey} SET state = @state, changed_at = {Now}{setResult} WHERE {ThisStep} AND state IN ({states})";
        (string, object)[] given = result.IsEmpty ? [] : [("result", result.ToArray())];
        return await ExecuteAsync(transaction.Connection, transaction.Transaction, sql, cancellationToken, [.. Key(call), ("state", to), .. given]).ConfigureAwait(false) == 1;
    }

    /// <returns>Null where there is no row.</returns>
    internal async Task<(string State, byte[] Result)?> ReadAsync(SagaTransaction transaction, SagaStepCall call, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction.Connection, transaction.Transaction, $"SELECT state, result FROM {Name} WHERE {ThisStep} {AsCommitted}", Key(call));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        return (reader.GetString(0), await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? [] : (byte[])reader.GetValue(1));
    }

    /// <summary>
    /// Goes once through the table, in the order of its key, a page at a time: it costs the same whatever is found, and takes no lock but of what it removes, each by
    /// its whole key. A step that is called meanwhile is young again, and stays.
    /// </summary>
    internal async Task<long> RemoveAsync(DbConnection connection, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        var old = $"changed_at < {Ago(olderThan)}";
        var removed = 0L;
        (string Saga, string Step)? after = ("", "");
        while (after is { } last)
        {
            var rows = new List<(string Saga, string Step, bool Old)>();
            var page = $"SELECT saga_id, step, CASE WHEN {old} THEN 1 ELSE 0 END FROM {Name} "
                + $"WHERE saga_id >= @saga AND (saga_id > @saga OR step > @step) ORDER BY saga_id, step LIMIT {PageSize}";
            await using (var command = Command(connection, null, page, [("saga", last.Saga), ("step", last.Step)]))
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add((reader.GetString(0), reader.GetString(1), Convert.ToInt32(reader.GetValue(2), CultureInfo.InvariantCulture) == 1));
                }
            }

            foreach (var some in rows.Where(static r => r.Old).Chunk(MostRemovedAtOnce))
            {
                var deletions = string.Join("; ", some.Select((_, i) => $"{Delete} WHERE saga_id = @saga{i} AND step = @step{i} AND {old}"));
                removed += await ExecuteAsync(
                    connection, null, deletions, cancellationToken,
                    [.. some.SelectMany(static (row, i) => new (string, object)[] { ($"saga{i}", row.Saga), ($"step{i}", row.Step) })]).ConfigureAwait(false);
            }

            after = rows.Count == PageSize ? (rows[^1].Saga, rows[^1].Step) : null;
        }

        return removed;
    }

    protected abstract string Delete { get; }

    private static (string, object)[] Key(SagaStepCall call) => [("saga", call.Saga.ToString()), ("step", call.Step)];

    private async Task<int> ExecuteAsync(
        DbConnection connection, DbTransaction? transaction, string sql, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(connection, transaction, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql, (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants, and numbers that are formatted here; everything else is a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        if (IsServerToLimitWaits)
        {
            command.CommandTimeout = 0;
        }

        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
