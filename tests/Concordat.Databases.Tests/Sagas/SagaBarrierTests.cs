using System.Data.Common;
using System.Text;
using Concordat.Client.Sagas;

namespace Concordat.Databases.Tests.Sagas;

/// <summary>
/// What a barrier holds to, on every database: a contract that each of them inherits. The database has a table <c>t(id, v)</c> with the rows 1 and 2, both 0; an action adds 1
/// to the first, a compensation takes it away.
/// </summary>
public abstract partial class SagaBarrierTests : IAsyncLifetime
{
    private static long s_counter;

    private protected TestDatabase Database { get; private set; } = null!;

    private protected DatabaseSagaBarrier Barrier { get; private set; } = null!;

    private protected abstract StepTable NewTable();

    private protected abstract Task<DatabaseServer> SharedServerAsync();

    private protected abstract Task<DatabaseServer> NewServerAsync();

    /// <summary>Sessions of the database that wait for a lock.</summary>
    private protected abstract string CountOfWaiting { get; }

    /// <summary>As the server does it where the cable of the session was cut.</summary>
    private protected abstract string EndSession(string id);

    /// <summary>The same database, with more in its connection string.</summary>
    private protected abstract DbDataSource NewSource(string settings);

    private protected abstract string SessionId { get; }

    public async ValueTask InitializeAsync()
    {
        Database = await CreateDatabaseAsync(await SharedServerAsync());
        Barrier = NewBarrier(Database.Source);
    }

    private protected DatabaseSagaBarrier NewBarrier(DbDataSource source, System.Data.IsolationLevel isolation = System.Data.IsolationLevel.ReadCommitted) =>
        new("flights-db", source, NewTable(), isolation);

    private protected static async Task<TestDatabase> CreateDatabaseAsync(DatabaseServer server)
    {
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)");
        return database;
    }

    private protected static TransactionId NewSaga() =>
        new((ulong)Random.Shared.NextInt64((long)TransactionId.MaxCoordinator), 7, (ulong)Interlocked.Increment(ref s_counter));

    private protected static SagaStepCall Call(TransactionId saga, SagaCallKind kind, string step = "flight") => new()
    {
        Saga = saga, Step = step, Kind = kind, Attempt = 1, IdempotencyKey = $"{saga}/{step}/{kind}", Services = null!,
    };

    private protected static SagaStepCall Action(TransactionId saga) => Call(saga, SagaCallKind.Action);

    private protected static SagaStepCall Compensation(TransactionId saga) => Call(saga, SagaCallKind.Compensation);

    /// <summary>Does the action; its result is the text.</summary>
    private protected Task<BarrierAnswer> ActAsync(TransactionId saga, string result = "1", DatabaseSagaBarrier? barrier = null) =>
        (barrier ?? Barrier).RunAsync(Action(saga), transaction => AddAsync(transaction, result));

    private protected Task<BarrierAnswer> CompensateAsync(TransactionId saga, DatabaseSagaBarrier? barrier = null) =>
        (barrier ?? Barrier).RunAsync(Compensation(saga), TakeAwayAsync);

    private protected static async Task<ReadOnlyMemory<byte>> AddAsync(SagaTransaction transaction, string result = "1")
    {
        await ExecuteAsync(transaction, "UPDATE t SET v = v + 1 WHERE id = 1");
        return Encoding.UTF8.GetBytes(result);
    }

    private protected static async Task<ReadOnlyMemory<byte>> TakeAwayAsync(SagaTransaction transaction)
    {
        await ExecuteAsync(transaction, "UPDATE t SET v = v - 1 WHERE id = 1");
        return default;
    }

    private protected static Task<ReadOnlyMemory<byte>> NotCalled(SagaTransaction transaction) => throw new Xunit.Sdk.XunitException("the handler was called");

    private protected static async Task ExecuteAsync(SagaTransaction transaction, string sql)
    {
        await using var command = transaction.Connection.CreateCommand();
        command.Transaction = transaction.Transaction;
#pragma warning disable CA2100 // Statements of tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private protected Task<int> ValueAsync(int id = 1) => Database.ScalarAsync<int>($"SELECT v FROM t WHERE id = {id}");

    private protected Task<int> RowsAsync() => Database.ScalarAsync<int>("SELECT count(*) FROM concordat_saga_steps");

    private protected static string TextOf(BarrierAnswer answer) => Encoding.UTF8.GetString(answer.Result.Span);

    private protected async Task UntilOneWaitsAsync(int sessions = 1)
    {
        await using var connection = await Database.OpenAsync();
        await Until.TrueAsync($"{sessions} wait for a lock", async () => await connection.ScalarAsync<int>(CountOfWaiting) == sessions);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Database is not null)
        {
            await Database.Source.DisposeAsync();
        }
    }
}
