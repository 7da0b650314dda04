using System.Net;
using System.Text;

namespace Concordat.Client.Tests.Transactions;

public sealed class RunTests
{
    [Fact]
    public async Task A_whole_transaction_is_one_call_with_a_key_of_its_own()
    {
        using var rig = new ClientRig();
        rig.AnswerCommitted();
        var document = await rig.Client.RunAsync(ClientRig.Request);
        Assert.Equal((Outcome.Committed, TransactionState.Committing), (document.Outcome!.Value, document.State));
        var request = Assert.Single(rig.Seen);
        Assert.Equal("POST /base/v1/transactions", request.Line);
        Assert.NotNull(request.Key);
        Assert.Contains("\"timeoutSeconds\":5", request.Body);
        Assert.Contains("""{"type":"debit","resource":"alice","data":{"amount":100}}""", request.Body);
    }

    [Fact]
    public async Task An_abort_is_an_exception_with_its_reason_or_an_answer_as_the_caller_likes()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Answer(HttpStatusCode.OK, ClientRig.Aborted);
        var e = await Assert.ThrowsAsync<TransactionRolledBackException>(() => rig.Client.RunAsync(ClientRig.Request));
        Assert.Equal(new AbortReason(AbortCode.VoteNo, "bank-a", "insufficient funds"), e.Reason);
        Assert.Equal(TransactionId.Parse(ClientRig.Id), e.TransactionId);
        Assert.Contains("insufficient funds", e.Message);
        Assert.Equal(Outcome.Aborted, (await rig.Client.TryRunAsync(ClientRig.Request)).Outcome);
    }

    [Fact]
    public async Task A_restart_of_the_coordinator_in_the_middle_goes_unnoticed()
    {
        using var rig = new ClientRig();
        rig.Coordinator.LoseTheAnswer().RefuseTheConnection().RefuseTheConnection()
            .Problem(HttpStatusCode.ServiceUnavailable, "/problems/recovering", TimeSpan.Zero);
        rig.AnswerCommitted();
        await rig.Client.RunAsync(ClientRig.Request, "order-42");
        Assert.Equal(5, rig.Seen.Length);
        Assert.All(rig.Seen, r => Assert.Equal(("order-42", rig.Seen[0].Body), (r.Key, r.Body)));
    }

    [Fact]
    public async Task I14_a_lost_answer_is_not_known_even_if_the_coordinator_is_unreachable_afterwards()
    {
        using var rig = new ClientRig(o => o.RetryBudget = TimeSpan.FromMilliseconds(500));
        rig.Coordinator.LoseTheAnswer().RefuseTheConnection();
        var e = await Assert.ThrowsAsync<OutcomeNotKnownException>(() => rig.Client.RunAsync(ClientRig.Request, "order-42"));
        Assert.Equal("order-42", e.IdempotencyKey);
        Assert.True(rig.Seen.Length > 1);
    }

    [Fact]
    public async Task A_generated_key_is_in_the_exception_so_that_the_call_can_be_repeated()
    {
        using var rig = new ClientRig(o => o.RetryBudget = TimeSpan.Zero);
        rig.Coordinator.LoseTheAnswer();
        var e = await Assert.ThrowsAsync<OutcomeNotKnownException>(() => rig.Client.RunAsync(ClientRig.Request));
        Assert.Equal(Assert.Single(rig.Seen).Key, e.IdempotencyKey);
    }

    [Fact]
    public async Task A_connection_that_was_never_made_is_unreachable_and_nothing_happened()
    {
        using var rig = new ClientRig(o => o.RetryBudget = TimeSpan.Zero);
        rig.Coordinator.RefuseTheConnection();
        var e = await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => rig.Client.RunAsync(ClientRig.Request));
        Assert.True(e.IsTransient);
        Assert.Contains("http://coordinator:7070/base", e.Message);
    }

    [Fact]
    public async Task A_closed_port_is_unreachable()
    {
        using var rig = new ClientRig(o => o.RetryBudget = TimeSpan.Zero);
        rig.Coordinator.Do(async (request, cancellation) =>
        {
            using var real = new HttpClient();
            using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            return await real.GetAsync(new Uri($"http://127.0.0.1:{port}/"), cancellation);
        });
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => rig.Client.RunAsync(ClientRig.Request));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_lost()
    {
        using var rig = new ClientRig(o => (o.RetryBudget, o.AttemptTimeout) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(50)));
        rig.Coordinator.Hang();
        await Assert.ThrowsAsync<OutcomeNotKnownException>(
            () => rig.Client.RunAsync(ClientRig.Request with { TimeoutSeconds = 0.05 }));
    }

    [Fact]
    public async Task Overload_beyond_the_budget_says_when_to_come_back()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Problem(HttpStatusCode.ServiceUnavailable, "/problems/overloaded", TimeSpan.FromSeconds(3600));
        var e = await Assert.ThrowsAsync<CoordinatorOverloadedException>(() => rig.Client.RunAsync(ClientRig.Request));
        Assert.Equal(TimeSpan.FromSeconds(3600), e.RetryAfter);
        Assert.Single(rig.Seen);
    }

    /// <summary>A proxy answers so when the coordinator died over the request, too: it may have been taken.</summary>
    [Fact]
    public async Task A_503_of_somebody_elses_says_nothing_of_the_outcome()
    {
        using var rig = new ClientRig(o => o.RetryBudget = TimeSpan.Zero);
        rig.Coordinator.Problem(HttpStatusCode.ServiceUnavailable, "about:blank");
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => rig.Client.RunAsync(ClientRig.Request));
    }

    [Theory]
    [InlineData(400, "/problems/unknown-participant")]
    [InlineData(410, "/problems/forgotten")]
    [InlineData(422, "/problems/idempotency-key-reused")]
    [InlineData(302, "/problems/none")]
    public async Task A_refusal_is_not_repeated_and_carries_its_type(int status, string type)
    {
        using var rig = new ClientRig();
        rig.Coordinator.Problem((HttpStatusCode)status, type);
        var e = await Assert.ThrowsAsync<RequestRefusedException>(() => rig.Client.RunAsync(ClientRig.Request));
        Assert.Equal((status, type), (e.Status, e.Type));
        Assert.Contains("the detail", e.Message);
        Assert.Single(rig.Seen);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("{}")]
    public async Task A_success_without_our_content_is_not_taken_for_one(string content)
    {
        using var rig = new ClientRig();
        rig.Coordinator.Answer(HttpStatusCode.OK, content);
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => rig.Client.RunAsync(ClientRig.Request));
    }

    [Fact]
    public async Task A_success_in_a_charset_that_is_none_is_not_taken_for_one()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Do((_, _) =>
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(ClientRig.Committed));
            content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=nonsense");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        });
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => rig.Client.RunAsync(ClientRig.Request));
    }

    [Fact]
    public async Task A_refusal_with_half_of_a_surrogate_pair_is_a_refusal()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Answer(HttpStatusCode.Conflict, """{"type": "/problems/\ud800", "title": "\udc00"}""", "application/problem+json");
        var e = await Assert.ThrowsAsync<RequestRefusedException>(() => rig.Client.RunAsync(ClientRig.Request));
        Assert.Equal(409, e.Status);
    }

    [Fact]
    public async Task An_answer_without_an_outcome_is_not_known()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Answer(HttpStatusCode.OK, ClientRig.Document("preparing", null));
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => rig.Client.RunAsync(ClientRig.Request));
    }

    [Fact]
    public async Task Cancellation_ends_the_wait()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Hang();
        using var cancellation = new CancellationTokenSource();
        var run = rig.Client.RunAsync(ClientRig.Request, cancellationToken: cancellation.Token);
        await Wait.UntilAsync(() => rig.Seen.Length == 1, "the request is sent");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Submit_returns_what_was_accepted()
    {
        using var rig = new ClientRig();
        rig.Coordinator.Do((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.Accepted)
        {
            Headers = { Location = new Uri($"/v1/transactions/{ClientRig.Id}", UriKind.Relative) },
        })).Answer(HttpStatusCode.OK, ClientRig.Document("preparing", null));
        var document = await rig.Client.SubmitAsync(ClientRig.Request);
        Assert.Equal(TransactionState.Preparing, document.State);
        Assert.Equal("respond-async", rig.Seen[0].Prefer);
        Assert.Equal($"GET /base/v1/transactions/{ClientRig.Id}", rig.Seen[1].Line);
    }

    [Fact]
    public async Task Requests_that_cannot_be_right_are_not_sent()
    {
        using var rig = new ClientRig();
        await Assert.ThrowsAsync<ArgumentException>(() => rig.Client.RunAsync(new TransactionRequest()));
        await Assert.ThrowsAsync<ArgumentException>(() => rig.Client.RunAsync(ClientRig.Request, "no blanks"));
        Assert.Empty(rig.Seen);
    }

    [Fact]
    public async Task Lists_are_asked_page_by_page()
    {
        using var rig = new ClientRig();
        rig.Coordinator
            .Answer(HttpStatusCode.OK, $$"""{"items": [{{ClientRig.Committed}}], "nextCursor": "a&b"}""")
            .Answer(HttpStatusCode.OK, """{"items": [], "nextCursor": null}""");
        var query = new TransactionQuery { State = TransactionState.Committing, Labels = new Dictionary<string, string> { ["order"] = "4 2" }, Limit = 1 };
        var count = 0;
        await foreach (var document in rig.Client.EnumerateAsync(query))
        {
            Assert.Equal(Outcome.Committed, document.Outcome);
            count++;
        }

        Assert.Equal(1, count);
        Assert.Equal("GET /base/v1/transactions?state=committing&label.order=4%202&limit=1", rig.Seen[0].Line);
        Assert.EndsWith("&cursor=a%26b", rig.Seen[1].Line);
    }

    [Fact]
    public async Task A_question_that_gets_no_answer_is_unreachable_since_nothing_can_have_changed()
    {
        using var rig = new ClientRig(o => o.RetryBudget = TimeSpan.Zero);
        rig.Coordinator.LoseTheAnswer();
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => rig.Client.GetAsync(TransactionId.Parse(ClientRig.Id)));
    }
}
