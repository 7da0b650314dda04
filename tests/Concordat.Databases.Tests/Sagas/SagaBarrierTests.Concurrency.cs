using Concordat.Client.Sagas;

namespace Concordat.Databases.Tests.Sagas;

/// <summary>Calls of one step at once. The handler of the first goes on when the others wait, which the server is asked.</summary>
public abstract partial class SagaBarrierTests
{
    [Fact]
    public async Task A_repetition_waits_for_the_action_that_is_under_way_and_answers_its_result()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        Task<BarrierAnswer>[] repetitions = [];
        await Barrier.RunAsync(Action(saga), async transaction =>
        {
            repetitions = [.. Enumerable.Range(0, 3).Select(_ => Barrier.RunAsync(Action(saga), NotCalled))];
            await UntilOneWaitsAsync(repetitions.Length);
            return await AddAsync(transaction, "\"first\"");
        });
        foreach (var repetition in repetitions)
        {
            var answer = await Until.EndsAsync("a repetition", repetition);
            Assert.Equal((BarrierVerdict.Repeated, "\"first\""), (answer.Verdict, TextOf(answer)));
        }

        Assert.Equal(2, await ValueAsync());
    }

    [Fact]
    public async Task A_repetition_that_waited_for_an_action_that_failed_does_it()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        Task<BarrierAnswer>? repetition = null;
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            repetition = ActAsync(saga);
            await UntilOneWaitsAsync();
            throw new TimeZoneNotFoundException();
        }));
        Assert.Equal(BarrierVerdict.Done, (await Until.EndsAsync("the repetition", repetition!)).Verdict);
        Assert.Equal(2, await ValueAsync());
    }

    [Fact]
    public async Task A_compensation_waits_for_the_action_that_is_under_way_and_then_undoes_it()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        Task<BarrierAnswer>? compensation = null;
        await Barrier.RunAsync(Action(saga), async transaction =>
        {
            compensation = CompensateAsync(saga);
            await UntilOneWaitsAsync();
            Assert.False(compensation.IsCompleted);
            return await AddAsync(transaction);
        });
        Assert.Equal(BarrierVerdict.Done, (await Until.EndsAsync("the compensation", compensation!)).Verdict);
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task A_compensation_that_waited_for_an_action_that_failed_is_empty_and_no_action_comes_after_it()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        Task<BarrierAnswer>? compensation = null;
        await Assert.ThrowsAsync<StepRefusedException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            compensation = Barrier.RunAsync(Compensation(saga), NotCalled);
            await UntilOneWaitsAsync();
            throw new StepRefusedException("no seat");
        }));
        Assert.Equal(BarrierVerdict.Empty, (await Until.EndsAsync("the compensation", compensation!)).Verdict);
        Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
        Assert.Equal(1, await ValueAsync());
    }

    [Fact]
    public async Task Of_two_compensations_at_once_one_is_done_and_the_other_waits_for_it()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        Task<BarrierAnswer>? second = null;
        await Barrier.RunAsync(Compensation(saga), async transaction =>
        {
            second = Barrier.RunAsync(Compensation(saga), NotCalled);
            await UntilOneWaitsAsync();
            return await TakeAwayAsync(transaction);
        });
        Assert.Equal(BarrierVerdict.Repeated, (await Until.EndsAsync("the second compensation", second!)).Verdict);
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task A_compensation_that_waited_for_one_that_failed_is_done()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        Task<BarrierAnswer>? second = null;
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => Barrier.RunAsync(Compensation(saga), async transaction =>
        {
            await TakeAwayAsync(transaction);
            second = CompensateAsync(saga);
            await UntilOneWaitsAsync();
            throw new TimeZoneNotFoundException();
        }));
        Assert.Equal(BarrierVerdict.Done, (await Until.EndsAsync("the second compensation", second!)).Verdict);
        Assert.Equal(0, await ValueAsync());
    }

    /// <summary>It waits, and then is late; or it comes before the compensation has its row, and is answered what was done.</summary>
    [Fact]
    public async Task An_action_that_comes_while_its_compensation_is_under_way_is_not_done()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        Task<BarrierAnswer>? action = null;
        await Barrier.RunAsync(Compensation(saga), async transaction =>
        {
            action = Barrier.RunAsync(Action(saga), NotCalled);
            await TakeAwayAsync(transaction);
            return default;
        });
        Assert.Contains((await Until.EndsAsync("the action", action!)).Verdict, (BarrierVerdict[])[BarrierVerdict.Late, BarrierVerdict.Repeated]);
        Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
        Assert.Equal(0, await ValueAsync());
    }

    [Fact]
    public async Task Different_steps_do_not_wait_for_each_other()
    {
        await ActAsync(NewSaga());
        var saga = NewSaga();
        await Barrier.RunAsync(Call(saga, SagaCallKind.Action, "b"), async _ =>
        {
            foreach (var other in (string[])["a", "c"])
            {
                await Until.EndsAsync("a step beside it", Barrier.RunAsync(Call(saga, SagaCallKind.Compensation, other), NotCalled));
                await Until.EndsAsync("a step beside it", Barrier.RunAsync(Call(saga, SagaCallKind.Action, other + "2"), _ => Task.FromResult(ReadOnlyMemory<byte>.Empty)));
                await Until.EndsAsync("a step beside it", Barrier.RunAsync(Call(saga, SagaCallKind.Compensation, other + "2"), _ => Task.FromResult(ReadOnlyMemory<byte>.Empty)));
            }

            return default;
        });
    }

    [Fact]
    public async Task Many_first_calls_at_once_make_the_table_and_are_all_done()
    {
        var calls = Enumerable.Range(0, 20).Select(_ => Task.Run(() => ActAsync(NewSaga(), barrier: NewBarrier(Database.Source)))).ToArray();
        foreach (var call in calls)
        {
            Assert.Equal(BarrierVerdict.Done, (await Until.EndsAsync("a first call", call)).Verdict);
        }

        Assert.Equal((20, 20), (await ValueAsync(), await RowsAsync()));
    }
}
