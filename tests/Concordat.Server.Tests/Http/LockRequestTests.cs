using Concordat.Core;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

/// <summary>What <c>POST …/locks</c> and <c>GET /v1/locks</c> take, and what they answer.</summary>
public sealed class LockRequestTests
{
    private static readonly string Path = $"/v1/transactions/{Documents.Id}/locks";

    [Fact]
    public async Task One_key_and_several_reach_the_coordinator()
    {
        await using var server = await TestServer.Start();
        server.Engine.Answer(new LockResponse(new LockAnswer(7)));
        using var one = await server.Post(Path, """{"key":"account/alice","mode":"exclusive","waitSeconds":0.5}""");
        Assert.Equal("""{"fencingToken":7}""", await one.Content.ReadAsStringAsync());
        var input = Assert.IsType<LockInput>(server.Engine.Last);
        Assert.Equal([new LockWant("account/alice", LockMode.Exclusive)], input.Locks);
        Assert.Equal(TimeSpan.FromMilliseconds(500), input.Wait);

        server.Engine.Answer(new LockResponse(new LockAnswer(8)));
        using var several = await server.Post(Path, """{"locks":[{"key":"b","mode":"shared"},{"key":"a","mode":"exclusive"}],"waitSeconds":0}""");
        input = Assert.IsType<LockInput>(server.Engine.Last);
        Assert.Equal([new("b", LockMode.Shared), new("a", LockMode.Exclusive)], input.Locks);
        Assert.Equal(TimeSpan.Zero, input.Wait);
    }

    [Theory]
    [InlineData("""{"mode":"shared"}""", "invalid-value", "key")]
    [InlineData("""{"key":"a"}""", "invalid-value", "mode")]
    [InlineData("""{"key":"a","mode":"Shared"}""", "invalid-value", "shared or exclusive")]
    [InlineData("""{"key":"/a","mode":"shared"}""", "invalid-value", "key")]
    [InlineData("""{"locks":[]}""", "invalid-value", "locks is empty")]
    [InlineData("""{"locks":[{"key":"a"}]}""", "invalid-value", "locks[0].mode")]
    [InlineData("""{"locks":[{"key":"a","mode":"shared","x":1}]}""", "unknown-member", "locks[0].x")]
    [InlineData("""{"key":"a","locks":[{"key":"a","mode":"shared"}]}""", "invalid-value", "locks")]
    [InlineData("""{"key":"a","mode":"shared","waitSeconds":3601}""", "invalid-value", "waitSeconds")]
    [InlineData("""{"key":"a","mode":"shared","wait":1}""", "unknown-member", "wait")]
    public async Task What_is_no_lock_is_refused_by_name(string body, string problem, string named)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post(Path, body);
        var answer = await Problem.Of(response);
        Assert.Equal($"/problems/{problem}", answer.Type);
        Assert.Contains(named, answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_the_limit_allows_are_refused_as_too_many()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxLocksPerTransaction = 2);
        string[] paths = [Path, "/v1/transactions"];
        foreach (var path in paths)
        {
            var branches = path == Path ? "" : """,  "branches":[{"participant":"bank-a"}]""";
            using var response = await server.Post(path, $$"""{"locks":[{"key":"a","mode":"shared"},{"key":"b","mode":"shared"},{"key":"c","mode":"shared"}]{{branches}}}""");
            var answer = await Problem.Of(response);
            Assert.Equal("/problems/too-many-locks", answer.Type);
            Assert.Contains("more than 2", answer.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_waits_for_a_lock_takes_no_seat_of_the_commit_that_would_free_it()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxWaitingRequests = 1);
        var granted = new TaskCompletionSource<Response>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Engine.OnAsk = input =>
        {
            if (input is not LockInput { Wait.Ticks: > 0 })
            {
                return Task.FromResult(Documents.AnswerTo(input));
            }

            waits.TrySetResult();
            return granted.Task;
        };
        var waiting = server.Post(Path, """{"key":"a","mode":"exclusive"}""");
        await waits.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        using var another = await server.Post(Path, """{"key":"a","mode":"exclusive"}""");
        Assert.Equal("/problems/too-many-waiting", (await Problem.Of(another)).Type);
        using var commit = await server.Send(HttpMethod.Post, $"/v1/transactions/{Documents.Id}/commit", content: null);
        Assert.Equal(System.Net.HttpStatusCode.OK, commit.StatusCode);

        granted.SetResult(new LockResponse(new LockAnswer(7)));
        using var first = await waiting;
        using var next = await server.Post(Path, """{"key":"a","mode":"exclusive"}""");
        Assert.Equal((System.Net.HttpStatusCode.OK, System.Net.HttpStatusCode.OK), (first.StatusCode, next.StatusCode));
    }

    [Fact]
    public async Task Locks_of_a_transaction_stand_beside_its_branches_and_not_without_them()
    {
        await using var server = await TestServer.Start();
        using var run = await server.Post("/v1/transactions", """{"branches":[{"participant":"bank-a"}],"locks":[{"key":"a","mode":"exclusive"}]}""");
        Assert.Equal([new LockWant("a", LockMode.Exclusive)], Assert.IsType<BeginInput>(server.Engine.Last).Spec.Locks);
        using var open = await server.Post("/v1/transactions", """{"locks":[{"key":"a","mode":"exclusive"}]}""");
        Assert.Equal("/problems/invalid-value", (await Problem.Of(open)).Type);
    }

    [Fact]
    public async Task A_deadlock_names_its_cycle()
    {
        await using var server = await TestServer.Start();
        server.Engine.Answer(new ProblemResponse(ProblemKind.Deadlock, "youngest") { Cycle = [new LockWait(Documents.Id, "a", LockMode.Shared, Documents.Id, Queued: true)] });
        using var response = await server.Post(Path, """{"key":"a","mode":"shared","waitSeconds":0}""");
        Assert.Contains(
            $$""""cycle":[{"transaction":"{{Documents.Id}}","waitsFor":"a","mode":"shared","heldBy":"{{Documents.Id}}","queued":true}]"""", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_has_its_filters()
    {
        await using var server = await TestServer.Start();
        server.Engine.Answer(new LocksResponse(new LockList { Items = [], NextCursor = "9" }));
        using var response = await server.Get($"/v1/locks?key=a&transaction={Documents.Id}&waiting=true&limit=5&cursor=3");
        Assert.Equal("""{"items":[],"nextCursor":"9"}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(
            new LockFilter { Key = "a", Transaction = Documents.Id, WaitingOnly = true, Limit = 5, Cursor = "3" }, Assert.IsType<ListLocksInput>(server.Engine.Last).Filter);
    }
}
