using Concordat.Client.Sagas;

namespace Concordat.Databases.Tests.Sagas;

/// <summary>One call after the other.</summary>
public abstract partial class SagaBarrierTests
{
    [Fact]
    public async Task An_action_is_done_once_and_its_repetition_answers_the_same_result()
    {
        var saga = NewSaga();
        var first = await ActAsync(saga, """{"id":"F-7"}""");
        Assert.Equal((BarrierVerdict.Done, """{"id":"F-7"}"""), (first.Verdict, TextOf(first)));

        var second = await Barrier.RunAsync(Action(saga), NotCalled);
        Assert.Equal((BarrierVerdict.Repeated, """{"id":"F-7"}"""), (second.Verdict, TextOf(second)));
        Assert.Equal((1, 1), (await ValueAsync(), await RowsAsync()));
    }

    [Fact]
    public async Task A_result_is_kept_to_the_byte()
    {
        var bytes = new byte[StepResult.MaxBytes];
        Random.Shared.NextBytes(bytes);
        var saga = NewSaga();
        await Barrier.RunAsync(Action(saga), _ => Task.FromResult<ReadOnlyMemory<byte>>(bytes));
        Assert.Equal(bytes, (await Barrier.RunAsync(Action(saga), NotCalled)).Result.ToArray());
    }

    [Fact]
    public async Task No_result_stays_none()
    {
        var saga = NewSaga();
        await Barrier.RunAsync(Action(saga), _ => Task.FromResult(ReadOnlyMemory<byte>.Empty));
        Assert.True((await Barrier.RunAsync(Action(saga), NotCalled)).Result.IsEmpty);
    }

    [Fact]
    public async Task A_compensation_undoes_what_was_done_once()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        Assert.Equal(BarrierVerdict.Done, (await CompensateAsync(saga)).Verdict);
        Assert.Equal(0, await ValueAsync());
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Compensation(saga), NotCalled)).Verdict);
        Assert.Equal((0, 1), (await ValueAsync(), await RowsAsync()));
    }

    [Fact]
    public async Task A_compensation_of_what_never_arrived_does_nothing_and_the_action_that_comes_late_neither()
    {
        var saga = NewSaga();
        Assert.Equal(BarrierVerdict.Empty, (await Barrier.RunAsync(Compensation(saga), NotCalled)).Verdict);
        Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Compensation(saga), NotCalled)).Verdict);
        Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
    }

    [Fact]
    public async Task An_action_that_comes_again_after_its_compensation_is_late()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        await CompensateAsync(saga);
        Assert.Equal(BarrierVerdict.Late, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_and_the_action_may_come_again()
    {
        var saga = NewSaga();
        var e = await Assert.ThrowsAsync<StepRefusedException>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            throw new StepRefusedException("no seat");
        }));
        Assert.Equal("no seat", e.Message);
        Assert.Equal((0, 0), (await ValueAsync(), await RowsAsync()));
        Assert.Equal(BarrierVerdict.Done, (await ActAsync(saga)).Verdict);
    }

    [Fact]
    public async Task A_refusal_for_an_error_of_the_database_is_a_refusal()
    {
        var e = await Assert.ThrowsAsync<StepRefusedException>(() => Barrier.RunAsync(Action(NewSaga()), async transaction =>
        {
            await using var command = transaction.Connection.CreateCommand();
            command.Transaction = transaction.Transaction;
            command.CommandText = "SELECT * FROM there_is_no_such_table";
            try
            {
                await command.ExecuteNonQueryAsync();
            }
            catch (System.Data.Common.DbException error)
            {
                throw new StepRefusedException("no seat", error);
            }

            return default;
        }));
        Assert.Equal("no seat", e.Message);
        Assert.Equal((0, 0), (await ValueAsync(), await RowsAsync()));
    }

    [Fact]
    public async Task A_compensation_after_a_refusal_is_empty()
    {
        var saga = NewSaga();
        await Assert.ThrowsAsync<StepRefusedException>(() => Barrier.RunAsync(Action(saga), _ => throw new StepRefusedException("no seat")));
        Assert.Equal(BarrierVerdict.Empty, (await Barrier.RunAsync(Compensation(saga), NotCalled)).Verdict);
    }

    [Fact]
    public async Task A_compensation_that_throws_leaves_the_step_done_and_is_done_when_it_comes_again()
    {
        var saga = NewSaga();
        await ActAsync(saga);
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => Barrier.RunAsync(Compensation(saga), async transaction =>
        {
            await TakeAwayAsync(transaction);
            throw new TimeZoneNotFoundException();
        }));
        Assert.Equal(1, await ValueAsync());
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Action(saga), NotCalled)).Verdict);
        Assert.Equal(BarrierVerdict.Done, (await CompensateAsync(saga)).Verdict);
        Assert.Equal(0, await ValueAsync());
    }

    /// <summary>Steps' names differ in their case only, too.</summary>
    [Fact]
    public async Task Steps_and_sagas_are_apart()
    {
        var saga = NewSaga();
        foreach (var call in (SagaStepCall[])[Call(saga, SagaCallKind.Action, "a"), Call(saga, SagaCallKind.Action, "A"), Call(NewSaga(), SagaCallKind.Action, "a")])
        {
            Assert.Equal(BarrierVerdict.Done, (await Barrier.RunAsync(call, t => AddAsync(t))).Verdict);
        }

        Assert.Equal(BarrierVerdict.Done, (await Barrier.RunAsync(Call(saga, SagaCallKind.Compensation, "a"), TakeAwayAsync)).Verdict);
        Assert.Equal(BarrierVerdict.Repeated, (await Barrier.RunAsync(Call(saga, SagaCallKind.Action, "A"), NotCalled)).Verdict);
        Assert.Equal((2, 3), (await ValueAsync(), await RowsAsync()));
    }

    [Fact]
    public async Task The_longest_name_of_a_step_is_kept_whole()
    {
        var saga = NewSaga();
        var name = new string('s', Names.MaxLength);
        await Barrier.RunAsync(Call(saga, SagaCallKind.Action, name), t => AddAsync(t));
        Assert.Equal(BarrierVerdict.Empty, (await Barrier.RunAsync(Call(saga, SagaCallKind.Compensation, name[1..]), NotCalled)).Verdict);
        Assert.Equal(BarrierVerdict.Done, (await Barrier.RunAsync(Call(saga, SagaCallKind.Compensation, name), TakeAwayAsync)).Verdict);
    }

    [Fact]
    public async Task A_handler_that_rolls_back_by_itself_is_not_answered_as_done()
    {
        var saga = NewSaga();
        await Assert.ThrowsAnyAsync<Exception>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            await transaction.Transaction.RollbackAsync();
            return "1"u8.ToArray();
        }));
        Assert.Equal((0, 0), (await ValueAsync(), await RowsAsync()));
        Assert.Equal(BarrierVerdict.Done, (await ActAsync(saga)).Verdict);
    }

    [Fact]
    public async Task A_handler_that_commits_by_itself_is_done_once_all_the_same()
    {
        var saga = NewSaga();
        await Assert.ThrowsAnyAsync<Exception>(() => Barrier.RunAsync(Action(saga), async transaction =>
        {
            await AddAsync(transaction);
            await transaction.Transaction.CommitAsync();
            return "1"u8.ToArray();
        }));
        try
        {
            await Barrier.RunAsync(Action(saga), NotCalled);
        }
        catch (InvalidOperationException e)
        {
            Assert.Contains("a handler has committed by itself", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(BarrierVerdict.Done, (await CompensateAsync(saga)).Verdict);
        Assert.Equal(0, await ValueAsync());
    }
}
