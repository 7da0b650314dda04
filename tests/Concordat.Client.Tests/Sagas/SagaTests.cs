using System.Diagnostics;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;

namespace Concordat.Client.Tests.Sagas;

/// <summary>Sagas through the SDK, HTTP, and a service that knows nothing of any SDK.</summary>
public sealed class SagaTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static SagaRequest Trip(Action<StepBuilder>? more = null) => new SagaBuilder("trip")
        .WithLabel("order", "42")
        .WithStep("flight", step =>
        {
            step.Calls("flights", "/book", new { From = "VIE" }).UndoneBy("/cancel", new { booking = ResultOf.StepOrElse<string?>("flight", "/id", null) }).Retry(3, TimeSpan.FromMilliseconds(1));
            more?.Invoke(step);
        })
        .WithStep("hotel", step => step.Calls("hotels", "/reserve", new { arrival = ResultOf.Step("flight", "/arrival") }).UndoneBy("/release").Retry(3, TimeSpan.FromMilliseconds(1)))
        .Build();

    private static Func<StepCalled, Task<IResult>> Json(object value) => _ => Task.FromResult(Results.Json(value));

    private static Func<StepCalled, Task<IResult>> Refuses(string reason) => _ => Task.FromResult(Results.Json(new { reason }, statusCode: 409));

    [Fact]
    public async Task A_saga_completes_and_passes_results_on()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { id = "F-7", arrival = "10:30" });
        var saga = await world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel);
        Assert.Equal((SagaState.Completed, SagaOutcome.Completed, null), (saga.State, saga.Outcome, saga.Reason));
        Assert.Equal("""{"from":"VIE"}""", world.Calls[0].Body);
        Assert.Equal("""{"arrival":"10:30"}""", world.Calls[1].Body);
        Assert.Equal("""{"id":"F-7","arrival":"10:30"}""", saga.Steps[0].Result?.GetRawText());
        Assert.Equal([StepState.Done, StepState.Done], saga.Steps.Select(step => step.State));
        Assert.Equal(["flight"], saga.Steps[1].After);
        Assert.Equal(["running", "running flight", "done flight", "running hotel", "done hotel", "completed"], saga.History.Select(e => $"{e.State} {e.Step}".Trim()));
        Assert.Equal("42", saga.Labels["order"]);
        Assert.NotNull(saga.CompletedAt);
    }

    [Fact]
    public async Task Every_call_carries_saga_step_and_a_key_that_stays_the_same_and_the_trace()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Answers("/book", 503, 200);
        world.Service["/reserve"] = Refuses("no room");
        var request = new SagaBuilder().WithStep("flight", s => s.Calls("flights", "/book").UndoneBy("/cancel").Retry(3, TimeSpan.FromMilliseconds(1)))
            .WithStep("hotel", s => s.Calls("hotels", "/reserve")).Build();
        using var activity = new Activity("a trip").SetIdFormat(ActivityIdFormat.W3C).Start();

        // As any client of any language: over HTTP, with the header that the activity brings along.
        using var http = new HttpClient { BaseAddress = new Uri(world.Address) };
        using var answer = await http.PostAsJsonAsync("/v1/sagas?waitSeconds=30", request, ContractJson.Default.SagaRequest, Cancel);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        var refused = (await answer.Content.ReadFromJsonAsync(ContractJson.Default.SagaDocument, Cancel))!;
        Assert.Equal(refused.Id.ToString(), answer.Headers.GetValues("Concordat-Saga").Single());
        var calls = world.Calls;
        Assert.Equal("/book /book /reserve /cancel", world.Paths);
        Assert.All(calls, call => Assert.Equal(refused.Id.ToString(), call["Concordat-Saga"]));
        Assert.Equal(["flight", "flight", "hotel", "flight"], calls.Select(call => call["Concordat-Step"]));
        Assert.Equal(["action", "action", "action", "compensation"], calls.Select(call => call["Concordat-Call"]));
        Assert.Equal(["1", "2", "1", "1"], calls.Select(call => call["Concordat-Attempt"]));
        Assert.Equal(
            [$"{refused.Id}/flight/action", $"{refused.Id}/flight/action", $"{refused.Id}/hotel/action", $"{refused.Id}/flight/compensation"],
            calls.Select(call => call["Idempotency-Key"]));
        Assert.Single(calls.Select(call => call["traceparent"]).Distinct());
        Assert.Contains(activity.TraceId.ToString(), calls[0]["traceparent"], StringComparison.Ordinal);
        Assert.Null(calls[0]["Content-Type"]);
    }

    [Fact]
    public async Task A_refusal_compensates_in_reverse_and_says_why()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { id = "F-7", arrival = "10:30" });
        world.Service["/reserve"] = Refuses("no room");
        var refused = await Assert.ThrowsAsync<SagaCompensatedException>(() => world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel));
        Assert.Equal(new SagaReason(SagaReasonCode.Refused, "hotel", "hotels", "no room"), refused.Reason);
        Assert.Equal("/book /reserve /cancel", world.Paths);
        Assert.Equal("""{"booking":"F-7"}""", world.Calls[^1].Body);
        var saga = await world.Client.Sagas.GetAsync(refused.SagaId, Cancel);
        Assert.Equal((SagaState.Compensated, SagaOutcome.Compensated), (saga.State, saga.Outcome));
        Assert.Equal([StepState.Compensated, StepState.Refused], saga.Steps.Select(step => step.State));
    }

    [Theory]
    [InlineData("/book", 500, "/book /book /book /cancel", SagaReasonCode.Failed)]
    [InlineData("/book", 404, "/book /book /book /cancel", SagaReasonCode.Failed)]
    [InlineData("/book", 400, "/book /cancel", SagaReasonCode.Failed)]
    [InlineData("/book", 302, "/book /cancel", SagaReasonCode.Failed)]
    [InlineData("/book", 409, "/book", SagaReasonCode.Refused)]
    public async Task What_an_answer_means(string path, int status, string called, SagaReasonCode reason)
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Answers(path, status);
        var failed = await Assert.ThrowsAsync<SagaCompensatedException>(() => world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel));
        Assert.Equal(called, world.Paths);
        Assert.Equal(reason, failed.Reason!.Code);
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), failed.Reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_is_no_json_or_too_much_of_it_is_no_result()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        var answers = new Queue<string>(["<html>", $"\"{new string('x', 16 * 1024)}\"", """{"arrival":1}"""]);
        world.Service["/book"] = _ => Task.FromResult(Results.Content(answers.Dequeue()));
        var saga = await world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel);
        Assert.Equal("/book /book /book /reserve", world.Paths);
        Assert.Equal(3, saga.Steps[0].Attempts);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_in_time_is_asked_again()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        var first = true;
        world.Service["/book"] = async _ =>
        {
            if (first)
            {
                first = false;
                await Task.Delay(Timeout.Infinite, new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            return Results.Json(new { arrival = 1 });
        };
        var saga = await world.Client.Sagas.RunAsync(Trip(step => step.CallTimeout(TimeSpan.FromMilliseconds(100))), cancellationToken: Cancel);
        Assert.Equal((SagaState.Completed, 2), (saga.State, saga.Steps[0].Attempts));
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_called_as_often_as_the_step_says_and_nothing_is_undone()
    {
        await using var world = await SagaWorld.StartAsync("hotels");
        await world.Client.PutParticipantAsync("flights", new ParticipantRequest { Url = "http://127.0.0.1:9/" }, Cancel);
        var failed = await Assert.ThrowsAsync<SagaCompensatedException>(() => world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel));
        var saga = await world.Client.Sagas.GetAsync(failed.SagaId, Cancel);
        Assert.Equal((StepState.Failed, 3), (saga.Steps[0].State, saga.Steps[0].Attempts));
        Assert.Null(saga.Steps[0].Compensation);
        Assert.Empty(world.Calls);
    }

    [Fact]
    public async Task Begun_with_a_key_it_is_the_same_saga_again()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { arrival = 1 });
        var saga = await world.Client.Sagas.BeginAsync(Trip(), "order-42", Cancel);
        Assert.Null(saga.Outcome);
        Assert.Equal(saga.Id, (await world.Client.Sagas.RunAsync(Trip(), "order-42", Cancel)).Id);
        Assert.Equal(saga.Id, (await world.Client.Sagas.BeginAsync(Trip(), "order-42", Cancel)).Id);
        Assert.Equal("/book /reserve", world.Paths);
        var other = await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.BeginAsync(Trip() with { Name = "other" }, "order-42", Cancel));
        Assert.Equal((422, "/problems/idempotency-key-reused"), (other.Status, other.Type));
    }

    [Fact]
    public async Task A_cancel_compensates_what_was_done_and_waits_for_what_is_called()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { arrival = 1 });
        var called = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        world.Service["/reserve"] = async _ =>
        {
            called.SetResult();
            await answer.Task;
            return Results.Ok();
        };
        var saga = await world.Client.Sagas.BeginAsync(Trip(), cancellationToken: Cancel);
        await called.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        var cancelled = await world.Client.Sagas.CancelAsync(saga.Id, Cancel);
        Assert.Equal((SagaState.Compensating, SagaReasonCode.Cancelled), (cancelled.State, cancelled.Reason!.Code));
        answer.SetResult();
        var ended = await world.Client.Sagas.WaitAsync(saga.Id, TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(SagaOutcome.Compensated, ended.Outcome);
        Assert.Equal("/book /reserve /release /cancel", world.Paths);
        Assert.Equal(SagaOutcome.Compensated, (await world.Client.Sagas.CancelAsync(saga.Id, Cancel)).Outcome);
    }

    [Fact]
    public async Task What_is_completed_is_not_cancelled_and_what_nobody_began_is_not_known()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { arrival = 1 });
        var saga = await world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel);
        Assert.Equal("/problems/already-completed", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.CancelAsync(saga.Id, Cancel))).Type);
        Assert.Equal("/problems/nothing-to-resume", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.ResumeAsync(saga.Id, Cancel))).Type);
        var transaction = await world.Client.BeginAsync(cancellationToken: Cancel);
        Assert.Equal("/problems/unknown-saga", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.GetAsync(transaction.Id, Cancel))).Type);
        Assert.Equal("/problems/unknown-transaction", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.GetAsync(saga.Id, Cancel))).Type);
    }

    [Fact]
    public async Task A_compensation_that_keeps_failing_is_stuck_and_listed_until_a_person_undoes_it()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { arrival = 1 });
        world.Service["/reserve"] = Refuses("no room");
        world.Answers("/cancel", 500);
        var saga = await world.Client.Sagas.BeginAsync(Trip(step => step.Retry(1, TimeSpan.FromSeconds(3600), TimeSpan.FromSeconds(3600))), cancellationToken: Cancel);
        await Wait.UntilAsync(async () => (await world.Client.Sagas.GetAsync(saga.Id, Cancel)).State == SagaState.Stuck, "the saga is not stuck");
        Assert.Equal([saga.Id], (await world.Client.Sagas.ListAsync(new SagaQuery { State = SagaState.Stuck, Name = "trip", Participant = "flights", Labels = new Dictionary<string, string> { ["order"] = "42" } }, Cancel)).Items.Select(item => item.Id));
        var again = await world.Client.Sagas.RetryStepAsync(saga.Id, "flight", Cancel);
        Assert.Equal(StepState.Compensating, again.Steps[0].State);
        await Wait.UntilAsync(async () => (await world.Client.Sagas.GetAsync(saga.Id, Cancel)).Steps[0].Compensation is { Attempts: 2, NextAttemptAt: not null }, "the second attempt has not failed");
        var resolved = await world.Client.Sagas.ResolveStepAsync(saga.Id, "flight", new StepResolveRequest { Who = "Ada", Why = "by phone" }, Cancel);
        Assert.Equal(SagaOutcome.Compensated, resolved.Outcome);
        Assert.Equal(("Ada", "by phone"), (resolved.Steps[0].Compensation!.ResolvedBy!.Who, resolved.Steps[0].Compensation!.ResolvedBy!.Why));
        Assert.Equal("/problems/nothing-to-retry", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.RetryStepAsync(saga.Id, "flight", Cancel))).Type);
        Assert.Equal("/problems/unknown-step", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.RetryStepAsync(saga.Id, "car", Cancel))).Type);
        Assert.Equal("/problems/nothing-to-resolve", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.ResolveStepAsync(saga.Id, "hotel", new StepResolveRequest { Who = "Ada", Why = "x" }, Cancel))).Type);
    }

    [Fact]
    public async Task A_step_is_a_transaction_that_happens_at_all_of_its_services_and_so_is_what_undoes_it()
    {
        await using var world = await SagaWorld.StartAsync("bank-a", "bank-b", "hotels");
        world.Service["/prepare"] = Json(new { vote = "yes" });
        world.Service["/reserve"] = Refuses("no room");
        BranchRequest At(string bank, string type) => new() { Participant = bank, Operations = [Operations.Of(type)] };
        var request = new SagaBuilder()
            .WithStep("pay", s => s.Transacts(At("bank-a", "debit"), At("bank-b", "credit")).UndoneByTransaction(At("bank-a", "credit"), At("bank-b", "debit")))
            .WithStep("hotel", s => s.Calls("hotels", "/reserve"))
            .Build();
        var refused = await Assert.ThrowsAsync<SagaCompensatedException>(() => world.Client.Sagas.RunAsync(request, cancellationToken: Cancel));
        Assert.Equal("hotel", refused.Reason!.Step);
        var saga = await world.Client.Sagas.GetAsync(refused.SagaId, Cancel);
        var paid = await world.Client.WaitAsync(saga.Steps[0].Transaction!.Value, TimeSpan.FromSeconds(30), Cancel);
        var repaid = await world.Client.WaitAsync(saga.Steps[0].Compensation!.Transaction!.Value, TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal((TransactionState.Committed, TransactionState.Committed), (paid.State, repaid.State));
        Assert.Equal((saga.Id.ToString(), "pay"), (paid.Labels["saga"], paid.Labels["step"]));
        Assert.Equal(4, world.Calls.Count(call => call.Path == "/prepare"));
        Assert.Equal(4, world.Calls.Count(call => call.Path == "/commit"));
    }

    [Fact]
    public async Task What_cannot_be_carried_out_is_refused_and_nobody_is_called()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        var circle = new SagaBuilder().WithStep("a", s => s.Calls("flights", "/book").After("b")).WithStep("b", s => s.Calls("flights", "/book").After("a")).Build();
        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.BeginAsync(circle, cancellationToken: Cancel));
        Assert.Equal((400, "/problems/invalid-value"), (refused.Status, refused.Type));
        Assert.Contains("in a circle: 'a' after 'b' after 'a'", refused.Message, StringComparison.Ordinal);
        var nobody = new SagaBuilder().WithStep("a", s => s.Calls("nobody", "/book")).Build();
        Assert.Equal("/problems/unknown-participant", (await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.BeginAsync(nobody, cancellationToken: Cancel))).Type);
        var twice = new SagaBuilder().WithStep("a", s => s.Calls("flights", "/book").UndoneByTransaction(
            new BranchRequest { Participant = "flights", BranchId = "1" }, new BranchRequest { Participant = "hotels", BranchId = "1" })).Build();
        var taken = await Assert.ThrowsAsync<RequestRefusedException>(() => world.Client.Sagas.BeginAsync(twice, cancellationToken: Cancel));
        Assert.Contains("steps[0]: branch id '1' stands twice", taken.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new SagaBuilder().WithStep("a", _ => { }));
        Assert.Empty(world.Calls);
        Assert.Empty((await world.Client.Sagas.ListAsync(cancellationToken: Cancel)).Items);
    }

    [Fact]
    public async Task A_thousand_steps_in_a_row_and_side_by_side()
    {
        await using var world = await SagaWorld.StartAsync("flights");
        foreach (var sideBySide in (bool[])[false, true])
        {
            var builder = new SagaBuilder();
            for (var i = 0; i < 1000; i++)
            {
                builder.WithStep($"s{i}", s => (sideBySide ? s.After() : s).Calls("flights", "/book"));
            }

            var saga = await world.Client.Sagas.RunAsync(builder.Build(), cancellationToken: Cancel);
            Assert.Equal(SagaState.Completed, saga.State);
        }

        Assert.Equal(2000, world.Calls.Count);
    }

    [Fact]
    public async Task Pages_of_sagas_hold_each_once()
    {
        await using var world = await SagaWorld.StartAsync("flights", "hotels");
        world.Service["/book"] = Json(new { arrival = 1 });
        var begun = new List<TransactionId>();
        for (var i = 0; i < 7; i++)
        {
            begun.Add((await world.Client.Sagas.RunAsync(Trip(), cancellationToken: Cancel)).Id);
            await (await world.Client.BeginAsync(cancellationToken: Cancel)).RollbackAsync(Cancel);
        }

        var listed = new List<TransactionId>();
        await foreach (var saga in world.Client.Sagas.EnumerateAsync(new SagaQuery { Limit = 2 }, Cancel))
        {
            listed.Add(saga.Id);
        }

        Assert.Equal(Enumerable.Reverse(begun), listed);
        Assert.Equal(7, (await world.Client.ListAsync(cancellationToken: Cancel)).Items.Count);
    }
}
