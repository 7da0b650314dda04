using System.Net;
using Concordat.Client.Tests.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Concordat.Client.Tests.Propagation;

/// <summary>A transaction that passes over HTTP to a service, which prepares and votes before it answers.</summary>
public sealed class PropagationTests
{
    private readonly FakeResource _orders = new("orders");
    private readonly FakeResource _billing = new("billing");
    private FakeBranch? _branch;

    [Fact]
    public async Task A_service_that_is_called_takes_part_and_commits_as_soon_as_it_is_decided()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using (transaction.MakeCurrent())
        {
            using var answer = await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken);
            Assert.Equal("billed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.True(_billing.IsPrepared(_branch!.Name));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        // The service sweeps once an hour.
        await Wait.UntilAsync(() => _billing.Finished(_branch.Name) == Outcome.Committed, "the service commits");
        Assert.Equal(TransactionState.Committed, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).State);
    }

    [Fact]
    public async Task What_the_caller_rolls_back_the_service_rolls_back()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)));
        await using (var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            using var current = transaction.MakeCurrent();
            await CallAsync(rig);
        }

        await Wait.UntilAsync(() => _billing.Finished(_branch!.Name) == Outcome.Aborted, "the service rolls back");
    }

    [Fact]
    public async Task The_answer_leaves_only_when_the_vote_is_at_the_coordinator()
    {
        var released = new TaskCompletionSource();
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) =>
        {
            transaction.Hold(_branch = new FakeBranch(_billing, transaction.Id) { BeforePrepare = () => released.Task });
            return "billed";
        }));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        var call = rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken);
        Assert.Empty((await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Branches);
        Assert.False(call.IsCompleted);
        released.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(Vote.Yes, Assert.Single((await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Branches).Vote);
    }

    [Theory]
    [InlineData("/refuse", HttpStatusCode.NotFound)]
    [InlineData("/throw", HttpStatusCode.InternalServerError)]
    public async Task A_service_that_answers_with_an_error_undoes_its_part_and_the_caller_may_go_on(string path, HttpStatusCode status)
    {
        await using var rig = await StartAsync(app =>
        {
            app.MapPost("/refuse", (ConcordatTransaction transaction) =>
            {
                Work(transaction);
                return Results.NotFound();
            });
            app.MapPost("/throw", (ConcordatTransaction transaction) =>
            {
                Work(transaction);
                throw new InvalidOperationException();
            });
        });
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        Assert.Equal(status, (await rig.Http.PostAsync(path, null, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(Outcome.Aborted, _branch!.FinishedAs);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Empty((await rig.Client.GetAsync(transaction.Id, TestContext.Current.CancellationToken)).Branches);
    }

    [Fact]
    public async Task What_cannot_be_prepared_aborts_the_transaction_and_is_no_success()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) =>
        {
            transaction.Hold(new FakeBranch(_billing, transaction.Id) { BeforePrepare = () => throw new InvalidOperationException("deadlock detected") });
            return "billed";
        }));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        var answer = await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("deadlock detected", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
        Assert.Equal((AbortCode.VoteNo, "billing"), (refused.Reason!.Code, refused.Reason.Participant));
    }

    [Fact]
    public async Task A_call_that_comes_after_the_decision_is_undone()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, (await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(Outcome.Aborted, _billing.Finished(_branch!.Name));
    }

    [Fact]
    public async Task A_service_with_two_databases_has_both_in_it_or_none()
    {
        var other = new FakeResource("other");
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) =>
        {
            Work(transaction);
            transaction.Hold(new FakeBranch(other, transaction.Id));
            return "billed";
        }));
        await rig.Client.PutResourceAsync("other", other.Identity, TestContext.Current.CancellationToken);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        await CallAsync(rig);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => _billing.Finished(_branch!.Name) == Outcome.Committed && other.Finished($"{transaction.Id}/bother") == Outcome.Committed, "both are committed");
    }

    [Fact]
    public async Task A_service_waits_no_longer_than_it_was_told_and_what_is_prepared_stays_so()
    {
        await using var rig = await StartAsync(
            app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)), o => o.JoinedWait = TimeSpan.FromMilliseconds(20));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        await CallAsync(rig);
        await Wait.UntilAsync(() => _branch!.IsDisposed, "the connection is let go of");
        Assert.True(_billing.IsPrepared(_branch!.Name) && _branch.FinishedAs is null);
    }

    [Fact]
    public async Task What_the_handler_wrote_is_all_there_however_it_wrote_it()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", async (HttpContext context, ConcordatTransaction transaction) =>
        {
            await context.Response.WriteAsync("one ");
            "two"u8.CopyTo(context.Response.BodyWriter.GetSpan(3));
            context.Response.BodyWriter.Advance(3);
            Work(transaction);
        }));
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        using var answer = await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken);
        Assert.Equal("one two", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Such as a resilience handler's, at its own time limit.</summary>
    [Fact]
    public async Task Whatever_a_handler_of_the_application_throws_the_connection_is_let_go_of()
    {
        var throwing = new ThrowingOnInquiries();
        await using var rig = await PropagationRig.StartAsync(_orders, _billing, app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)), handler: throwing);
        await using var transaction = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = transaction.MakeCurrent();
        await CallAsync(rig);
        await Wait.UntilAsync(() => _branch!.IsDisposed, "the connection is let go of");
        Assert.True(_billing.IsPrepared(_branch!.Name));
    }

    private sealed class ThrowingOnInquiries : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.AbsolutePath.EndsWith("/outcome", StringComparison.Ordinal) ? throw new TimeoutException("the circuit is open") : base.SendAsync(request, cancellationToken);
    }

    [Fact]
    public async Task Without_the_coordinator_the_answer_is_an_error()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)), o => o.RetryBudget = TimeSpan.Zero);
        var begun = await rig.Client.BeginAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var current = rig.Client.Join(begun.Id).MakeCurrent();
        await rig.StopCoordinatorAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task A_header_that_is_no_id_is_refused_and_nothing_is_done(string header)
    {
        var called = false;
        await using var rig = await StartAsync(app => app.MapPost("/bill", () => called = true));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/bill");
        request.Headers.TryAddWithoutValidation(ConcordatHeaders.Transaction, header);
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
        Assert.False(called);
    }

    [Fact]
    public async Task Without_a_transaction_the_handler_gets_none_and_nothing_is_sent_along()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction? transaction) => transaction is null && ConcordatTransaction.Current is null ? "none" : "some"));
        Assert.Equal("none", await (await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_scope_is_carried_along_too()
    {
        await using var rig = await StartAsync(app => app.MapPost("/bill", (ConcordatTransaction transaction) => Work(transaction)));
        using (var scope = rig.Client.CreateScope(cancellationToken: TestContext.Current.CancellationToken))
        {
            await CallAsync(rig);
            scope.Complete();
        }

        await Wait.UntilAsync(() => _billing.Finished(_branch!.Name) == Outcome.Committed, "the service commits");
    }

    [Fact]
    public async Task Current_is_what_it_was_before_when_it_is_over()
    {
        await using var rig = await StartAsync(_ => { });
        var (outer, inner) = (rig.Client.Join(TransactionId.Parse("0000c0ff-ee00-8000-8007-d00000000016")), rig.Client.Join(TransactionId.Parse("0000c0ff-ee00-8000-8007-d00000000017")));
        using (outer.MakeCurrent())
        {
            using (inner.MakeCurrent())
            {
                Assert.Same(inner, ConcordatTransaction.Current);
            }

            Assert.Same(outer, ConcordatTransaction.Current);
        }

        Assert.Null(ConcordatTransaction.Current);
    }

    private string Work(ConcordatTransaction transaction)
    {
        transaction.Hold(_branch = new FakeBranch(_billing, transaction.Id));
        return "billed";
    }

    private static async Task CallAsync(PropagationRig rig)
    {
        using var answer = await rig.Http.PostAsync("/bill", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private Task<PropagationRig> StartAsync(Action<WebApplication> map, Action<ConcordatClientOptions>? configure = null) => PropagationRig.StartAsync(_orders, _billing, map, configure);
}
