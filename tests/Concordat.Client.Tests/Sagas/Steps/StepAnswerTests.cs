using System.Text.Json;
using Concordat.Client.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Sagas.Steps;

/// <summary>What the handler says, in the words of the contract.</summary>
public sealed class StepAnswerTests
{
    private sealed record Booking(string From, string To);

    private sealed record Ticket(string Id, int Seat);

    [Fact]
    public async Task A_typed_body_comes_in_and_a_typed_result_goes_out()
    {
        SagaStepCall? seen = null;
        await using var service = await StepService.StartAsync(app => app.MapSagaStep<Booking>("/book", (call, booking) =>
        {
            seen = call;
            Assert.NotNull(call.Services.GetService<IServiceProvider>());
            return Task.FromResult(StepResult.Done(new Ticket($"{booking.From}-{booking.To}", 7)));
        }));
        Assert.Equal((200, """{"id":"VIE-OSL","seat":7}"""), await service.CallAsync("/book", """{"from":"VIE","to":"OSL"}"""));
        Assert.Equal((StepService.Saga, "flight", SagaCallKind.Action, 1), (seen!.Saga.ToString(), seen.Step, seen.Kind, seen.Attempt));
        Assert.Equal($"{StepService.Saga}/flight/action", seen.IdempotencyKey);
        Assert.Equal(["action done 1"], service.Counted);
    }

    [Fact]
    public async Task No_result_is_204_and_needs_no_body()
    {
        await using var service = await StepService.StartAsync(app =>
        {
            app.MapSagaStep("/book", _ => Task.FromResult(StepResult.Done()));
            app.MapSagaCompensation("/cancel", call => Task.CompletedTask);
        });
        Assert.Equal((204, ""), await service.CallAsync("/book", null));
        Assert.Equal((204, ""), await service.CallAsync("/cancel", null, "compensation"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_is_409_with_its_reason_whether_it_is_returned_or_thrown(bool thrown)
    {
        var barrier = FakeBarrier.Open();
        await using var service = await StepService.StartAsync(
            app => app.MapSagaStep<Booking>("db", "/book", (_, _, _) => thrown ? throw new StepRefusedException("no room") : Task.FromResult(StepResult.Refused("no room"))), barrier);
        var (status, body) = await service.CallAsync("/book", """{"from":"VIE"}""");
        Assert.Equal((409, "no room"), (status, JsonDocument.Parse(body).RootElement.GetProperty("reason").GetString()));
        Assert.True(barrier.RolledBack);
        Assert.Equal(["action refused 1"], service.Counted);
    }

    [Theory]
    [InlineData(1_000_000, 1000)]
    [InlineData(10, 10)]
    public async Task A_reason_of_any_length_and_with_half_a_surrogate_pair_is_told(int characters, int told)
    {
        await using var service = await StepService.StartAsync(
            app => app.MapSagaStep("/book", _ => Task.FromResult(StepResult.Refused('\ud83d' + new string('x', characters - 1)))));
        var (status, body) = await service.CallAsync("/book", null);
        Assert.Equal((409, told), (status, JsonDocument.Parse(body).RootElement.GetProperty("reason").GetString()!.Length));
    }

    [Fact]
    public async Task What_the_handler_throws_is_500_logged_and_counted()
    {
        await using var service = await StepService.StartAsync(app => app.MapSagaStep("/book", _ => throw new TimeZoneNotFoundException("where?")));
        var (status, body) = await service.CallAsync("/book", null);
        Assert.Equal((500, "TimeZoneNotFoundException: where?"), (status, JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString()));
        Assert.Equal([2600], service.Log.Ids);
        Assert.Equal(["action failed 1"], service.Counted);
    }

    [Fact]
    public async Task A_compensation_cannot_refuse()
    {
        await using var service = await StepService.StartAsync(app => app.MapSagaCompensation("/cancel", _ => throw new StepRefusedException("too late")));
        Assert.Equal(500, (await service.CallAsync("/cancel", null, "compensation")).Status);
        Assert.Equal(["compensation failed 1"], service.Counted);
    }

    [Fact]
    public async Task A_handler_that_returns_null_has_failed()
    {
        await using var service = await StepService.StartAsync(app => app.MapSagaStep("/book", _ => Task.FromResult<StepResult>(null!)));
        Assert.Equal(500, (await service.CallAsync("/book", null)).Status);
    }

    [Theory]
    [InlineData(StepResult.MaxBytes - 2, 200)]
    [InlineData(StepResult.MaxBytes - 1, 422)]
    public async Task A_result_that_the_coordinator_would_not_keep_fails_the_step_before_anything_is_committed(int characters, int expected)
    {
        var barrier = FakeBarrier.Open();
        await using var service = await StepService.StartAsync(
            app => app.MapSagaStep("db", "/book", (_, _) => Task.FromResult(StepResult.Done(new string('x', characters)))), barrier);
        Assert.Equal(expected, (await service.CallAsync("/book", null)).Status);
        Assert.Equal(expected == 422, barrier.RolledBack);
        Assert.Equal(expected == 422 ? [2602] : [], service.Log.Ids);
    }

    [Fact]
    public async Task A_result_that_is_too_deep_fails_the_step_before_anything_is_committed()
    {
        object result = 1;
        for (var i = 0; i < 40; i++)
        {
            result = new[] { result };
        }

        var barrier = FakeBarrier.Open();
        await using var service = await StepService.StartAsync(app => app.MapSagaStep("db", "/book", (_, _) => Task.FromResult(StepResult.Done(result))), barrier);
        Assert.Equal(422, (await service.CallAsync("/book", null)).Status);
        Assert.True(barrier.RolledBack);
    }

    [Fact]
    public async Task A_result_that_cannot_be_written_as_JSON_is_rolled_back()
    {
        var barrier = FakeBarrier.Open();
        await using var service = await StepService.StartAsync(
            app => app.MapSagaStep("db", "/book", (_, _) => Task.FromResult(StepResult.Done(double.NaN))), barrier);
        Assert.Equal(500, (await service.CallAsync("/book", null)).Status);
        Assert.True(barrier.RolledBack);
    }

    [Theory]
    [InlineData(BarrierVerdict.Repeated, """{"id":"F-7"}""", 200, "repeated")]
    [InlineData(BarrierVerdict.Repeated, "", 204, "repeated")]
    [InlineData(BarrierVerdict.Late, "", 409, "late")]
    public async Task What_the_barrier_knows_is_answered_without_the_handler_and_whatever_the_body_is(BarrierVerdict verdict, string result, int status, string counted)
    {
        await using var service = await StepService.StartAsync(
            app => app.MapSagaStep<Booking>("db", "/book", (_, _, _) => throw new InvalidOperationException("called")), FakeBarrier.Closed(verdict, result));
        var answer = await service.CallAsync("/book", "not understood any more");
        Assert.Equal(status, answer.Status);
        if (status == 200)
        {
            Assert.Equal(result, answer.Body);
        }

        Assert.Equal([$"action {counted} 1"], service.Counted);
    }

    [Fact]
    public async Task An_empty_compensation_is_done()
    {
        await using var service = await StepService.StartAsync(
            app => app.MapSagaCompensation<Booking>("db", "/cancel", (_, _, _) => throw new InvalidOperationException("called")), FakeBarrier.Closed(BarrierVerdict.Empty));
        Assert.Equal((204, ""), await service.CallAsync("/cancel", "{}", "compensation"));
        Assert.Equal(["compensation empty 1"], service.Counted);
    }

    [Fact]
    public async Task A_barrier_that_cannot_tell_is_503_with_a_time_to_wait()
    {
        await using var service = await StepService.StartAsync(
            app => app.MapSagaStep("db", "/book", (_, _) => Task.FromResult(StepResult.Done())),
            new FakeBarrier("db", _ => throw new SagaBarrierUnavailableException("the commit was lost")));
        Assert.Equal(503, (await service.CallAsync("/book", null)).Status);
        Assert.Equal([2601], service.Log.Ids);
        Assert.Equal(["action unavailable 1"], service.Counted);
    }

    [Fact]
    public async Task A_coordinator_that_goes_away_cancels_the_handler()
    {
        var begun = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var service = await StepService.StartAsync(app => app.MapSagaStep("/book", async call =>
        {
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, call.Cancellation);
            }
            catch (OperationCanceledException)
            {
                cancelled.SetResult();
                throw;
            }

            return StepResult.Done();
        }));
        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/book");
        foreach (var (name, value) in ((string, string)[])[("Concordat-Saga", StepService.Saga), ("Concordat-Step", "s"), ("Concordat-Call", "action"), ("Concordat-Attempt", "1"), ("Idempotency-Key", $"{StepService.Saga}/s/action")])
        {
            request.Headers.Add(name, value);
        }

        var call = service.Http.SendAsync(request, gone.Token);
        await Wait.ForAsync(begun.Task.ContinueWith(_ => true, TaskScheduler.Default), "the handler is called");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Wait.ForAsync(cancelled.Task.ContinueWith(_ => true, TaskScheduler.Default), "the handler is cancelled");
        await Wait.UntilAsync(() => service.Counted.Contains("action nobody-there 1"), "it is counted");
    }

    [Fact]
    public async Task A_barrier_that_was_not_added_is_named_when_the_step_is_mapped()
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StepService.StartAsync(app => app.MapSagaStep("flights-db", "/book", (_, _) => Task.FromResult(StepResult.Done()))));
        Assert.Contains("'flights-db'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_barriers_of_one_name_are_refused()
    {
        var builder = new ServiceCollection().AddSagaBarriers().Add("db", _ => FakeBarrier.Open());
        Assert.Throws<ArgumentException>(() => builder.Add("db", _ => FakeBarrier.Open()));
    }
}
