using Concordat.Client.Sagas;

namespace Concordat.Databases.Tests.Sagas;

public abstract partial class SagaBarrierTests
{
    private protected abstract string MakeOlder(int hours);

    [Fact]
    public async Task What_is_old_is_forgotten_and_what_is_young_stays()
    {
        var (old, young) = (NewSaga(), NewSaga());
        await ActAsync(old);
        await Database.ExecuteAsync(MakeOlder(hours: 3));
        await ActAsync(young);
        Assert.Equal(0, await Barrier.ForgetAsync(TimeSpan.FromHours(4)));
        Assert.Equal(1, await Barrier.ForgetAsync(TimeSpan.FromHours(2)));
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Action(young), NotCalled)).Verdict);

        // This is what forgetting too early does.
        Assert.Equal(BarrierVerdict.Empty, (await Barrier.RunAsync(Compensation(old), NotCalled)).Verdict);
    }

    [Fact]
    public async Task A_step_is_as_old_as_its_last_change()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        await Database.ExecuteAsync(MakeOlder(hours: 3));
        await CompensateAsync(saga);
        Assert.Equal(0, await Barrier.ForgetAsync(TimeSpan.FromHours(2)));
    }

    /// <summary>More than a page, old and young in no order, several steps of one saga across the pages.</summary>
    [Fact]
    public async Task Many_are_forgotten_in_batches_and_none_too_many()
    {
        await ActAsync(NewSaga());
        await Database.ExecuteAsync(MakeOlder(hours: 1) + "; DELETE FROM concordat_saga_steps");
        var sagas = Enumerable.Range(0, 26).Select(_ => NewSaga()).ToArray();
        var rows = sagas.SelectMany(s => Enumerable.Range(0, 100).Select(i => $"('{s}', 'step-{i}', 'done')"));
        await Database.ExecuteAsync($"INSERT INTO concordat_saga_steps (saga_id, step, state) VALUES {string.Join(", ", rows)}");
        await Database.ExecuteAsync(MakeOlder(hours: 3).Replace("WHERE TRUE", "WHERE step LIKE '%7'", StringComparison.Ordinal));
        Assert.Equal(260, await Barrier.ForgetAsync(TimeSpan.FromHours(2)));
        Assert.Equal(26 * 90, await RowsAsync());
        Assert.Equal(0, await Database.ScalarAsync<int>("SELECT count(*) FROM concordat_saga_steps WHERE step LIKE '%7'"));
        Assert.Equal(0, await Barrier.ForgetAsync(TimeSpan.FromHours(2)));
    }

    /// <summary>A step that is under way is neither waited for nor seen.</summary>
    [Fact]
    public async Task Forgetting_does_not_wait_for_what_is_under_way()
    {
        await ActAsync(NewSaga());
        var old = NewSaga();
        await ActAsync(old);
        await Database.ExecuteAsync(MakeOlder(hours: 3));
        await Barrier.RunAsync(Action(NewSaga()), async _ =>
        {
            Assert.Equal(2, await Until.EndsAsync("the forgetting", Barrier.ForgetAsync(TimeSpan.FromHours(2))));
            return default;
        });
        Assert.Equal(1, await RowsAsync());
    }

    [Fact]
    public async Task A_compensation_that_is_under_way_keeps_its_row()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        await ActAsync(saga);
        await Database.ExecuteAsync(MakeOlder(hours: 3));
        Task<long>? forgetting = null;
        await Barrier.RunAsync(Compensation(saga), async transaction =>
        {
            forgetting = Barrier.ForgetAsync(TimeSpan.FromHours(2));
            await UntilOneWaitsAsync();
            return await TakeAwayAsync(transaction);
        });
        Assert.Equal(1, await Until.EndsAsync("the forgetting", forgetting!));
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Compensation(saga), NotCalled)).Verdict);
    }

    [Fact]
    public async Task Forgetting_all_is_refused() => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Barrier.ForgetAsync(TimeSpan.Zero));
}
