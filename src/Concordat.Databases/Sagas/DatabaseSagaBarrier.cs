using System.Data;
using System.Data.Common;
using Concordat.Client.Sagas;

namespace Concordat.Databases;

/// <summary>A barrier on a database: one row for each step, whose state changes in the transaction of the handler's own work.</summary>
/// <remarks>
/// <code>
///                 action                       compensation
///   (no row) ───────────────► done ─────────────────────────► compensated
///       │                                                     (action: late)
///       └──── compensation ─► empty
///                             (action: late)
/// </code>
/// All calls of a step meet at its row. An action inserts it first of all, so whoever comes meanwhile waits: another action, to answer the same result; a compensation, to
/// undo what was done, or, where that was rolled back, to insert the row itself. A compensation updates it first of all, so another one waits for it and finds it done.
/// <para>
/// What a crash leaves: before the commit nothing; after it both, the work and the row. Only the answer can be lost, and the next call reads it from the row.
/// </para>
/// <para>
/// Between, the row is in states of its own (acting, compensating), and their end is an update that must meet that very row. It fails where the transaction is no longer what
/// it was: PostgreSQL rolls back, without an error, the commit of a transaction in which a statement failed and the handler went on, and MariaDB and MySQL roll back
/// a deadlock's victim and then execute what follows by itself.
/// </para>
/// </remarks>
internal sealed class DatabaseSagaBarrier(string name, DbDataSource source, StepTable table, IsolationLevel isolation) : ISagaBarrier
{
    private static readonly string[] s_done = [StepState.Done, StepState.Acting];
    private volatile bool _isThere;

    public string Name => name;

    public async Task<BarrierAnswer> RunAsync(SagaStepCall call, Func<SagaTransaction, Task<ReadOnlyMemory<byte>>> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(work);
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                return await RunAsync(connection, call, work, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not StepRefusedException && ErrorIn(e) is { } error && table.IsMissing(error) && _isThere)
            {
                // Of ours, or of the handler's: looking costs little.
                _isThere = false;
                throw;
            }
            catch (Exception e) when (e is not StepRefusedException && !cancellationToken.IsCancellationRequested && IsTransient(e, connection))
            {
                throw new SagaBarrierUnavailableException($"The database of the barrier '{name}' broke off: {e.Message}", e);
            }
        }
    }

    public async Task<long> ForgetAsync(TimeSpan olderThan, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(olderThan, TimeSpan.Zero);
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await EnsureTableAsync(connection, cancellationToken).ConfigureAwait(false);
            return await table.RemoveAsync(connection, olderThan, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BarrierAnswer> RunAsync(DbConnection connection, SagaStepCall call, Func<SagaTransaction, Task<ReadOnlyMemory<byte>>> work, CancellationToken cancellationToken)
    {
        await EnsureTableAsync(connection, cancellationToken).ConfigureAwait(false);
        var begun = await connection.BeginTransactionAsync(isolation, cancellationToken).ConfigureAwait(false);
        await using (begun.ConfigureAwait(false))
        {
            var transaction = new SagaTransaction(connection, begun);
            BarrierAnswer answer;
            try
            {
                answer = call.Kind == SagaCallKind.Action
                    ? await ActAsync(transaction, call, work, cancellationToken).ConfigureAwait(false)
                    : await CompensateAsync(transaction, call, work, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await RollbackAsync(begun).ConfigureAwait(false);
                throw;
            }

            await CommitAsync(begun).ConfigureAwait(false);
            return answer;
        }
    }

    private async Task<BarrierAnswer> ActAsync(
        SagaTransaction transaction, SagaStepCall call, Func<SagaTransaction, Task<ReadOnlyMemory<byte>>> work, CancellationToken cancellationToken)
    {
        if (await table.InsertAsync(transaction, call, StepState.Acting, cancellationToken).ConfigureAwait(false))
        {
            var result = await work(transaction).ConfigureAwait(false);
            await EndAsync(transaction, call, StepState.Acting, StepState.Done, result, cancellationToken).ConfigureAwait(false);
            return new BarrierAnswer(BarrierVerdict.Done, result);
        }

        return await table.ReadAsync(transaction, call, cancellationToken).ConfigureAwait(false) switch
        {
            { State: StepState.Done } row => new BarrierAnswer(BarrierVerdict.Repeated, row.Result),
            { State: StepState.Empty or StepState.Compensated or StepState.Compensating } => new BarrierAnswer(BarrierVerdict.Late, default),
            { State: var state } => throw Left(call, state),
            null => throw new SagaBarrierUnavailableException($"The row of the {call} was there, and is not any more."),
        };
    }

    private async Task<BarrierAnswer> CompensateAsync(
        SagaTransaction transaction, SagaStepCall call, Func<SagaTransaction, Task<ReadOnlyMemory<byte>>> work, CancellationToken cancellationToken)
    {
        // Update, insert, update: after the insert has waited for an action, that is done or there is no row.
        if (!await TakeAsync().ConfigureAwait(false))
        {
            if (await table.InsertAsync(transaction, call, StepState.Empty, cancellationToken).ConfigureAwait(false))
            {
                return new BarrierAnswer(BarrierVerdict.Empty, default);
            }

            if (!await TakeAsync().ConfigureAwait(false))
            {
                return await table.ReadAsync(transaction, call, cancellationToken).ConfigureAwait(false) switch
                {
                    { State: StepState.Empty or StepState.Compensated } => new BarrierAnswer(BarrierVerdict.Repeated, default),
                    { State: var state } => throw Left(call, state),
                    null => throw new SagaBarrierUnavailableException($"The row of the {call} was there, and is not any more."),
                };
            }
        }

        await work(transaction).ConfigureAwait(false);
        await EndAsync(transaction, call, StepState.Compensating, StepState.Compensated, default, cancellationToken).ConfigureAwait(false);
        return new BarrierAnswer(BarrierVerdict.Done, default);

        Task<bool> TakeAsync() => table.UpdateAsync(transaction, call, s_done, StepState.Compensating, default, cancellationToken);
    }

    private async Task EndAsync(SagaTransaction transaction, SagaStepCall call, string from, string to, ReadOnlyMemory<byte> result, CancellationToken cancellationToken)
    {
        if (!await table.UpdateAsync(transaction, call, [from], to, result, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException(
                $"The handler of the {call} returned, and its transaction is not what it was: it was rolled back, by the handler or by the database after an error that the handler swallowed.");
        }
    }

    /// <summary>Not cancelled: who cancels a commit does not know what became of it.</summary>
    private async Task CommitAsync(DbTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was, of whichever driver: it may have been committed.
        catch (Exception e) when (ErrorIn(e) is not { } error || table.IsTransient(error) || !table.IsRefusal(error))
#pragma warning restore CA1031
        {
            throw new SagaBarrierUnavailableException($"It is not known whether the commit of the barrier '{name}' was done: {e.Message}", e);
        }
    }

    private static async Task RollbackAsync(DbTransaction transaction)
    {
        try
        {
            await transaction.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is over already, or ends with the connection.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw new SagaBarrierUnavailableException($"The database of the barrier '{name}' cannot be reached: {e.Message}", e);
        }
    }

    private async Task EnsureTableAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (!_isThere)
        {
            await table.EnsureAsync(connection, cancellationToken).ConfigureAwait(false);
            _isThere = true;
        }
    }

    private bool IsTransient(Exception e, DbConnection connection) =>
        e is not SagaBarrierUnavailableException
        && (ErrorIn(e) is { } error && table.IsTransient(error) || ErrorIn(e) is not null && connection.State != ConnectionState.Open);

    /// <summary>What wraps the database's errors (EF Core, for one) says less than they do.</summary>
    private static DbException? ErrorIn(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is DbException error)
            {
                return error;
            }
        }

        return null;
    }

    private InvalidOperationException Left(SagaStepCall call, string state) => new(
        $"The row of the {call} in {StepTable.Name}, of the barrier '{name}', is '{state}' and committed: a handler has committed by itself. What it did a person must look at.");
}
