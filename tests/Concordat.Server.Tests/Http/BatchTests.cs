using System.Net;
using System.Text.Json;
using Concordat.Core;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

/// <summary>Several begins or commits in one call: each is answered as a call of its own would be.</summary>
public sealed class BatchTests
{
    private const string Begins = "/v1/transactions/begins", Commits = "/v1/transactions/commits";
    private const string Vote = """{"participant":"orders","branchId":"1","vote":"yes","evidence":"xid 7"}""";
    private static readonly string Id = Documents.Id.ToString();

    [Fact]
    public async Task Begins_reach_the_coordinator_in_their_order_each_with_its_own_trace()
    {
        const string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", other = "00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b7-01";
        await using var server = await TestServer.Start();
        using var response = await server.Post(
            Begins, $$"""{"transactions":[{"name":"one","timeoutSeconds":5,"labels":{"a":"1"},"traceparent":"{{other}}"},{"name":"two"}]}""", ("traceparent", trace));
        var answers = await AnswersOf(response);
        Assert.Equal([201, 201], answers.Select(a => a.Status));
        Assert.All(answers, a => Assert.Equal(Documents.Id, a.Document!.Id));
        var asked = server.Engine.Asked.Cast<BeginInput>().ToList();
        Assert.All(asked, a => Assert.Equal((BeginMode.Open, null), (a.Mode, a.Key)));
        Assert.Equal([("one", TimeSpan.FromSeconds(5), other), ("two", TimeSpan.FromSeconds(60), trace)], asked.Select(a => (a.Spec.Name, a.Spec.Timeout, a.Spec.TraceParent)));
    }

    [Fact]
    public async Task Commits_reach_the_coordinator_with_their_votes_before_any_is_waited_for()
    {
        await using var server = await TestServer.Start();
        var outcome = new TaskCompletionSource<Response>();
        server.Engine.OnAsk = _ => server.Engine.Asked.Count < 2 ? outcome.Task : Answer();
        using var response = await server.Post(Commits, $$"""{"commits":[{"id":"{{Id}}","branches":[{{Vote}}]},{"id":"{{Id}}"}]}""");
        Assert.Equal([200, 200], (await AnswersOf(response)).Select(a => a.Status));
        Assert.Equal([1, 0], server.Engine.Asked.Cast<CommitInput>().Select(c => c.Branches.Count));

        Task<Response> Answer()
        {
            outcome.SetResult(new TransactionResponse(Documents.Transaction, Answered.Ok));
            return outcome.Task;
        }
    }

    [Fact]
    public async Task Each_item_is_refused_by_itself_as_a_call_of_its_own_would_be()
    {
        await using var server = await TestServer.Start();
        server.Engine.OnAsk = input => Task.FromResult<Response>(((CommitInput)input).Branches.Count == 0
            ? new ProblemResponse(ProblemKind.AlreadyAborted, "it has aborted")
            : new TransactionResponse(Documents.Transaction, Answered.Ok));
        using var response = await server.Post(
            Commits, $$"""{"commits":[{"id":"{{Id}}"},{"id":"nonsense"},7,{"id":"{{Id}}","what":1},{"branches":[]},{"id":"{{Id}}","branches":[{{Vote}}]},{"id":"\ud800"}]}""");
        var answers = await AnswersOf(response);
        Assert.Equal([409, 404, 400, 400, 400, 200, 400], answers.Select(a => a.Status));
        Assert.Equal(
            ["already-aborted", "unknown-transaction", "invalid-value", "unknown-member", "invalid-value", null, "invalid-value"],
            answers.Select(a => a.Problem?.GetProperty("type").GetString()!.Replace("/problems/", "", StringComparison.Ordinal)));
        Assert.Equal(2, server.Engine.Asked.Count);
    }

    [Fact]
    public async Task What_would_run_is_not_begun_among_others()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post(Begins, """{"transactions":[{"branches":[{"participant":"a"}]},{}]}""");
        Assert.Equal([400, 201], (await AnswersOf(response)).Select(a => a.Status));
        Assert.Single(server.Engine.Asked);
    }

    [Fact]
    public async Task Refusals_for_now_say_when_to_come_back_and_each_item_that_waits_is_counted()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxWaitingRequests = 1);
        var outcome = new TaskCompletionSource<Response>();
        server.Engine.OnAsk = _ => outcome.Task;
        using var response = await server.Post(Commits, $$"""{"commits":[{"id":"{{Id}}"},{"id":"{{Id}}"}]}""");

        // The first is not decided in time: it must not hold up the others for longer, and goes on.
        var answers = await AnswersOf(response);
        Assert.Equal([202, 503], answers.Select(a => a.Status));
        Assert.Equal((null, 1.0), (answers[0].RetryAfterSeconds, answers[1].RetryAfterSeconds));
        Assert.Equal("/problems/too-many-waiting", answers[1].Problem!.Value.GetProperty("type").GetString());
        Assert.Contains("concordat_http_waiting_requests 1\n", await server.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        outcome.SetResult(new TransactionResponse(Documents.Transaction, Answered.Ok));
        server.Engine.OnAsk = _ => throw new EngineUnavailableException(EngineState.Recovering, "reads");
        using var later = await server.Post(Begins, """{"transactions":[{}]}""");
        Assert.Equal("/problems/recovering", Assert.Single(await AnswersOf(later)).Problem!.Value.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData(Begins, "transactions")]
    [InlineData(Commits, "commits")]
    public async Task Too_many_or_none_at_all_are_refused_as_a_whole(string path, string list)
    {
        await using var server = await TestServer.Start();
        foreach (var (body, type) in ((string, string)[])[
            ($$"""{"{{list}}":[{{string.Join(',', Enumerable.Repeat("{}", 101))}}]}""", "invalid-value"), ("{}", "invalid-value"), ($$"""{"{{list}}": {} }""", "invalid-value"),
            ($$"""{"{{list}}":[],"more":1}""", "unknown-member"), ($$"""{"{{list}}":[{]}""", "malformed-json")])
        {
            using var refused = await server.Post(path, body);
            Assert.Equal($"/problems/{type}", (await Problem.Of(refused)).Type);
        }

        Assert.Empty(server.Engine.Asked);
        using var none = await server.Post(path, $$"""{"{{list}}":[]}""");
        Assert.Empty(await AnswersOf(none));
        var item = path == Begins ? "{}" : $$"""{"id":"{{Id}}"}""";
        using var most = await server.Post(path, $$"""{"{{list}}":[{{string.Join(',', Enumerable.Repeat(item, 100))}}]}""");
        Assert.Equal(100, (await AnswersOf(most)).Count);
        Assert.Equal(100, server.Engine.Asked.Count);
    }

    private static async Task<IReadOnlyList<BatchAnswer>> AnswersOf(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonSerializer.Deserialize(body, ContractJson.Default.BatchDocument)!.Answers;
    }
}
