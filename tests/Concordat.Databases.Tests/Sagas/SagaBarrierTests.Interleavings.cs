using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using Concordat.Client.Sagas;

namespace Concordat.Databases.Tests.Sagas;

public abstract partial class SagaBarrierTests
{
    /// <summary>
    /// Random calls of a few sagas at once, with repetitions, refusals, failures, ended sessions and callers that give up; then a last compensation of each, until it is answered.
    /// Seed 0 is a random one. The handlers write what they do into a journal, in the same transaction: what is in it has happened.
    /// </summary>
    [Theory]
    [InlineData(1, IsolationLevel.ReadCommitted)]
    [InlineData(2, IsolationLevel.RepeatableRead)]
    [InlineData(3, IsolationLevel.Serializable)]
    [InlineData(0, IsolationLevel.ReadCommitted)]
    public async Task Whatever_calls_come_at_once_an_effect_happens_once_and_is_undone_once(int seed, IsolationLevel isolation)
    {
        // Pooled, as in services: whatever a call leaves on its connection, the next one gets it.
        await using var source = NewSource("Pooling=true");
        var barrier = NewBarrier(source, isolation);
        seed = seed == 0 ? Random.Shared.Next() : seed;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await Database.ExecuteAsync("CREATE TABLE journal (saga varchar(36) NOT NULL, what varchar(12) NOT NULL)");
        var random = new Random(seed);
        var sagas = Enumerable.Range(0, 12).Select(_ => NewSaga()).ToArray();
        var plan = Enumerable.Range(0, 150).Select(_ => (Saga: sagas[random.Next(sagas.Length)], Kind: random.Next(3) > 0 ? SagaCallKind.Action : SagaCallKind.Compensation, Fate: random.Next(12))).ToArray();
        var results = new ConcurrentDictionary<TransactionId, ConcurrentBag<string>>();
        var next = -1;
        await Until.EndsAsync($"the calls of seed {seed}", Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var i && i < plan.Length)
            {
                var (saga, kind, fate) = plan[i];
                if (await CallAsync(barrier, saga, kind, fate, i) is { Result.IsEmpty: false } answer)
                {
                    results.GetOrAdd(saga, static _ => []).Add(TextOf(answer));
                }
            }
        }))));

        foreach (var saga in sagas)
        {
            var before = await JournalAsync(saga);
            Assert.True(before is [] or ["do"] or ["do", "undo"], $"seed {seed}, {saga}: {string.Join(", ", before)}");
            Assert.True(results.GetValueOrDefault(saga, []).Distinct(StringComparer.Ordinal).Count() <= 1, $"seed {seed}, {saga}: answered with several results");
            await Until.TrueAsync($"the compensation of {saga} is answered, seed {seed}", async () => await CallAsync(barrier, saga, SagaCallKind.Compensation, fate: 11, 0) is not null);
            var after = await JournalAsync(saga);
            Assert.True(after is [] or ["do", "undo"], $"seed {seed}, {saga}: {string.Join(", ", after)} after its compensation");
            Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
        }

        Assert.Equal(0, await Database.ScalarAsync<int>("SELECT count(*) FROM concordat_saga_steps WHERE state NOT IN ('empty', 'compensated')"));

        // In the order in which they were done: an undo before its do would not find it.
        async Task<List<string>> JournalAsync(TransactionId saga)
        {
            await using var connection = await Database.OpenAsync();
            return await connection.ColumnAsync($"SELECT what FROM journal WHERE saga = '{saga}' ORDER BY what");
        }
    }

    private async Task<BarrierAnswer?> CallAsync(DatabaseSagaBarrier barrier, TransactionId saga, SagaCallKind kind, int fate, int number)
    {
        using var gone = new CancellationTokenSource();
        try
        {
            return await barrier.RunAsync(
                Call(saga, kind),
                async transaction =>
                {
                    var undo = kind == SagaCallKind.Compensation;
                    if (undo)
                    {
                        Assert.Equal(1, await transaction.Connection.ScalarAsync<int>($"SELECT count(*) FROM journal WHERE saga = '{saga}' AND what = 'do'"));
                    }

                    await ExecuteAsync(transaction, $"INSERT INTO journal VALUES ('{saga}', '{(undo ? "undo" : "do")}')");
                    switch (fate)
                    {
                        case 0 when !undo:
                            throw new StepRefusedException("no seat");
                        case 1:
                            throw new TimeZoneNotFoundException();
                        case 2:
                            await Database.ExecuteAsync(EndSession(await transaction.Connection.ScalarAsync<string>(SessionId)));
                            break;
                        case 3:
                            await gone.CancelAsync();
                            break;
                        case 4:
                            await Task.Yield();
                            break;
                    }

                    return undo ? default : System.Text.Encoding.UTF8.GetBytes($"{number}");
                },
                gone.Token);
        }
        catch (Exception e) when (e is StepRefusedException or TimeZoneNotFoundException or SagaBarrierUnavailableException || gone.IsCancellationRequested && e is OperationCanceledException or DbException)
        {
            return null;
        }
    }
}
