using System.Net;
using Concordat.Core;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

public sealed class WaitTests
{
    private const string Run = """{"branches":[{"participant":"a"}]}""";
    private static readonly TransactionResponse Outcome = new(Documents.Transaction, Answered.Ok);

    [Fact]
    public async Task Beyond_the_bound_a_request_that_would_wait_is_refused_and_everything_else_goes_on()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxWaitingRequests = 2);
        var outcome = new TaskCompletionSource<Response>();
        server.Engine.OnAsk = input => input is BeginInput { Mode: BeginMode.Run } or CommitInput or GetInput { Wait: not null } ? outcome.Task : Task.FromResult(Documents.AnswerTo(input));
        var first = server.Post("/v1/transactions", Run);
        var second = server.Get($"/v1/transactions/{Documents.Id}?waitSeconds=300");
        await Until(() => server.Engine.Asked.Count == 2, "two requests wait");

        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Post, $"/v1/transactions/{Documents.Id}/commit"), (HttpMethod.Get, $"/v1/transactions/{Documents.Id}?waitSeconds=1")])
        {
            using var refused = await server.Send(method, path, content: null);
            var problem = await Problem.Of(refused);
            Assert.Equal((503, "/problems/too-many-waiting"), (problem.Status, problem.Type));
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Get, $"/v1/transactions/{Documents.Id}"), (HttpMethod.Get, $"/v1/transactions/{Documents.Id}/outcome"), (HttpMethod.Post, $"/v1/transactions/{Documents.Id}/rollback")])
        {
            using var answered = await server.Send(method, path, content: null);
            Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        }

        using var accepted = await server.Post("/v1/transactions", Run, ("Prefer", "respond-async"));
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Contains("concordat_http_waiting_requests 2\n", await server.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        outcome.SetResult(Outcome);
        using var one = await first;
        using var two = await second;
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, two.StatusCode));
        using var third = await server.Post("/v1/transactions", Run);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        Assert.Contains("concordat_http_waiting_requests 0\n", await server.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_wait_gives_its_place_back()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxWaitingRequests = 1);
        server.Engine.OnAsk = _ => throw new EngineUnavailableException(EngineState.Draining, "stops");
        for (var i = 0; i < 3; i++)
        {
            using var response = await server.Post("/v1/transactions", Run);
            Assert.Equal("/problems/draining", (await Problem.Of(response)).Type);
        }
    }

    [Fact]
    public async Task A_client_that_goes_away_changes_nothing_and_frees_its_place_when_the_answer_comes()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxWaitingRequests = 1);
        var outcome = new TaskCompletionSource<Response>();
        server.Engine.OnAsk = _ => outcome.Task;
        using var gone = new CancellationTokenSource();
        var request = server.Client.PostAsync("/v1/transactions", new StringContent(Run, System.Text.Encoding.UTF8, "application/json"), gone.Token);
        await Until(() => !server.Engine.Asked.IsEmpty, "the request reaches the engine");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        outcome.SetResult(Outcome);
        await Until(() => server.Client.GetStringAsync("/metrics").Result.Contains("concordat_http_waiting_requests 0\n", StringComparison.Ordinal), "the place is free");
        Assert.Single(server.Engine.Asked);
    }

    [Fact]
    public async Task A_stop_ends_a_wait_with_the_state_of_that_moment()
    {
        await using var server = await TestServer.Start();
        var never = new TaskCompletionSource<Response>();
        server.Engine.OnAsk = input => input is GetInput { Wait: not null } ? never.Task : Task.FromResult(Documents.AnswerTo(input));
        var waiting = server.Get($"/v1/transactions/{Documents.Id}?waitSeconds=300");
        await Until(() => !server.Engine.Asked.IsEmpty, "the request reaches the engine");
        await server.Stop();
        using var response = await waiting;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(Assert.IsType<GetInput>(server.Engine.Last).Wait);
    }

    private static async Task Until(Func<bool> condition, string what)
    {
        for (var limit = DateTime.UtcNow.AddSeconds(30); !condition(); await Task.Delay(TimeSpan.FromMilliseconds(5)))
        {
            Assert.True(DateTime.UtcNow < limit, $"it did not happen that {what}");
        }
    }
}
