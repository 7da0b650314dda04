using System.Collections.Concurrent;
using System.Data.Common;
using Concordat.Client.Sagas;
using Concordat.Databases.Tests.Network;

namespace Concordat.Databases.Tests.Sagas;

/// <summary>Connections and servers that end: whatever was answered, the same call again finds out.</summary>
public abstract partial class SagaBarrierTests
{
    [Theory]
    [InlineData(SagaCallKind.Action)]
    [InlineData(SagaCallKind.Compensation)]
    public async Task A_commit_whose_answer_was_lost_is_to_be_asked_again_and_the_row_tells(SagaCallKind kind)
    {
        var saga = NewSaga();
        await ActAsync(NewSaga());
        if (kind == SagaCallKind.Compensation)
        {
            await ActAsync(saga, "7");
        }

        await using var proxy = new CuttingProxy(Database.Server.Port);
        await using var source = new SourceThrough(Database, proxy.Port);
        var cut = NewBarrier(source);
        await Barrier.RunAsync(Compensation(NewSaga()), NotCalled);
        await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => cut.RunAsync(Call(saga, kind), async transaction =>
        {
            var result = kind == SagaCallKind.Action ? await AddAsync(transaction, "7") : await TakeAwayAsync(transaction);
            proxy.CutAfter("COMMIT");
            return result;
        }));
        Assert.Equal(1, proxy.Cuts);

        // The server has the commit, and may still be at it: then this waits.
        var again = await Barrier.RunAsync(Call(saga, kind), NotCalled);
        Assert.Equal((BarrierVerdict.Repeated, kind == SagaCallKind.Action ? "7" : ""), (again.Verdict, TextOf(again)));
        Assert.Equal(kind == SagaCallKind.Action ? 2 : 1, await ValueAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_that_ends_in_the_handler_leaves_nothing_and_the_call_is_done_when_it_comes_again(bool handlerNotices)
    {
        var saga = NewSaga();
        await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            var result = await AddAsync(transaction);
            var id = await transaction.Connection.ScalarAsync<string>(SessionId);
            await Database.ExecuteAsync(EndSession(id));
            if (handlerNotices)
            {
                await ExecuteAsync(transaction, "UPDATE t SET v = v + 1 WHERE id = 2");
            }

            return result;
        }));
        var again = await ActAsync(saga);
        Assert.Equal(BarrierVerdict.Done, again.Verdict);
        Assert.Equal((1, 0), (await ValueAsync(), await ValueAsync(2)));
    }

    [Fact]
    public async Task A_coordinator_that_waits_no_longer_leaves_nothing()
    {
        var saga = NewSaga();
        using var gone = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Barrier.RunAsync(
            Action(saga),
            async transaction =>
            {
                await AddAsync(transaction);
                await gone.CancelAsync();
                gone.Token.ThrowIfCancellationRequested();
                return default;
            },
            gone.Token));
        Assert.Equal((0, 0), (await ValueAsync(), await RowsAsync()));
        Assert.Equal(BarrierVerdict.Done, (await ActAsync(saga)).Verdict);
    }

    /// <summary>The coordinator goes away while its repetition waits for the first: nothing hangs, and the first is not disturbed.</summary>
    [Fact]
    public async Task A_call_that_waits_can_be_given_up()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        using var gone = new CancellationTokenSource();
        var first = await Barrier.RunAsync(Action(saga), async transaction =>
        {
            var waiting = Barrier.RunAsync(Action(saga), NotCalled, gone.Token);
            await UntilOneWaitsAsync();
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => Until.EndsAsync("the wait", waiting));
            return await AddAsync(transaction);
        });
        Assert.Equal(BarrierVerdict.Done, first.Verdict);
        Assert.Equal(2, await ValueAsync());
    }

    /// <summary>Waits for locks end soon, on connections that are opened from now on.</summary>
    private protected abstract string LimitWaits(bool limited);

    [Fact]
    public async Task A_wait_that_takes_longer_than_the_database_allows_is_to_be_asked_again()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        var first = await Barrier.RunAsync(Action(saga), async transaction =>
        {
            await Database.ExecuteAsync(LimitWaits(true));
            try
            {
                await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => Until.EndsAsync("the wait", Barrier.RunAsync(Action(saga), NotCalled)));
                await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => Until.EndsAsync("the wait", Barrier.RunAsync(Compensation(saga), NotCalled)));
            }
            finally
            {
                await Database.ExecuteAsync(LimitWaits(false));
            }

            return await AddAsync(transaction);
        });
        Assert.Equal(BarrierVerdict.Done, first.Verdict);
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
    }

    /// <summary>The pool has connections of a server that is gone.</summary>
    [Fact]
    public async Task After_a_restart_of_the_server_a_pool_of_dead_connections_is_to_be_asked_again()
    {
        await using var server = await NewServerAsync();
        Database = await CreateDatabaseAsync(server);
        await using var source = NewSource("Pooling=true");
        var barrier = NewBarrier(source);
        var saga = NewSaga();
        await ActAsync(saga, "7", barrier);
        await server.RestartAsync();
        BarrierAnswer? answer = null;
        await Until.TrueAsync("the pool has a living connection", async () =>
        {
            try
            {
                answer = await barrier.RunAsync(Action(saga), NotCalled);
                return true;
            }
            catch (SagaBarrierUnavailableException)
            {
                return false;
            }
        });
        Assert.Equal("7", TextOf(answer!));
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_to_be_asked_again()
    {
        await using var proxy = new CuttingProxy(1);
        await using var source = new SourceThrough(Database, proxy.Port);
        await Assert.ThrowsAsync<SagaBarrierUnavailableException>(() => NewBarrier(source).RunAsync(Action(NewSaga()), NotCalled));
    }

    /// <summary>Actions and compensations under way when the server is killed, again and again until each is answered: each effect is there once, or gone.</summary>
    [Fact]
    public async Task A_server_that_is_killed_among_many_calls_has_each_effect_once()
    {
        const int Workers = 6;
        await using var server = await NewServerAsync();
        var database = await CreateDatabaseAsync(server);
        await database.ExecuteAsync("CREATE TABLE w (saga varchar(36) PRIMARY KEY)");
        var barrier = NewBarrier(database.Source);
        var answered = new ConcurrentDictionary<TransactionId, bool>();
        var broken = new ConcurrentQueue<Exception>();
        using var end = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                var saga = NewSaga();
                var compensated = i % 2 == 1;
                await UntilAnsweredAsync(barrier, Action(saga), $"INSERT INTO w VALUES ('{saga}')", broken);
                if (compensated)
                {
                    await UntilAnsweredAsync(barrier, Compensation(saga), $"DELETE FROM w WHERE saga = '{saga}'", broken);
                }

                answered[saga] = compensated;
            }
        })).ToArray();
        for (var kill = 1; kill <= 2; kill++)
        {
            var before = answered.Count;
            await Until.TrueAsync("some are answered", () => answered.Count > before + 20 || workers.Any(w => w.IsFaulted));
            await server.RestartAsync();
        }

        await end.CancelAsync();
        await Until.EndsAsync("the workers", Task.WhenAll(workers));
        Assert.NotEmpty(broken);
        await using var connection = await database.OpenAsync();
        var there = (await connection.ColumnAsync("SELECT saga FROM w")).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(answered.Where(a => !a.Value).Select(a => a.Key.ToString()).Order(), there.Order());
    }

    /// <summary>As the coordinator: whatever is no answer is asked again. The statement fails where it is executed twice.</summary>
    private static async Task UntilAnsweredAsync(DatabaseSagaBarrier barrier, SagaStepCall call, string statement, ConcurrentQueue<Exception> broken)
    {
        await Until.TrueAsync($"the {call} is answered", async () =>
        {
            try
            {
                await barrier.RunAsync(call, async transaction =>
                {
                    await using var command = transaction.Connection.CreateCommand();
#pragma warning disable CA2100 // Statements of tests.
                    command.CommandText = statement;
#pragma warning restore CA2100
                    Assert.Equal(1, await command.ExecuteNonQueryAsync());
                    return default;
                });
                return true;
            }
            catch (SagaBarrierUnavailableException e)
            {
                broken.Enqueue(e);
                return false;
            }
        });
    }

    /// <summary>Connections to the database over another port.</summary>
    private sealed class SourceThrough(TestDatabase database, int port) : DbDataSource
    {
        public override string ConnectionString => new DbConnectionStringBuilder { ConnectionString = database.ConnectionString, ["Port"] = port }.ConnectionString;

        protected override DbConnection CreateDbConnection()
        {
            var connection = database.Source.CreateConnection();
            connection.ConnectionString = ConnectionString;
            return connection;
        }
    }
}
