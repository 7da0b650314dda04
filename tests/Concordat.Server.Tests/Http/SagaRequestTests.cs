using System.Text;
using Concordat.Core;
using Concordat.Core.Sagas;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

/// <summary>What <c>/v1/sagas</c> takes, and what it answers.</summary>
public sealed class SagaRequestTests
{
    private const string Step = """{"name":"a","participant":"p","action":{"path":"/do"}}""";

    private static string Text(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);

    private static string Steps(params string[] steps) => $$"""{"steps":[{{string.Join(',', steps)}}]}""";

    [Fact]
    public async Task A_saga_reaches_the_coordinator_as_it_was_asked_for()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/sagas", """
            {"name":"trip","timeoutSeconds":600,"labels":{"order":"42"},"steps":[
              {"name":"flight","participant":"flights","action":{"path":"/book?x=1","body":{"from": "VIE"}},"compensation":{"path":"/cancel","body":[1.0]},
               "retry":{"attempts":7,"initialSeconds":0.5,"maxSeconds":2},"callTimeoutSeconds":90},
              {"name":"pay","branches":[{"participant":"bank-a","branchId":"left","operations":[{"type":"debit"}]}],"after":[],"compensation":{"branches":[{"participant":"bank-b"}]}},
              {"name":"tell","participant":"mail","action":{"path":"/send"},"after":["flight","pay"],"compensation":{"participant":"post","path":"/letter"}}]}
            """);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal($"/v1/sagas/{Documents.Id}", response.Headers.Location!.OriginalString);
        var spec = Assert.IsType<BeginSagaInput>(server.Engine.Last).Definition.Spec;
        Assert.Equal(("trip", TimeSpan.FromMinutes(10), "42"), (spec.Name, spec.Timeout, spec.Labels.Single().Value));
        var flight = spec.Steps[0];
        Assert.Equal((7, new Backoff(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(90)), (flight.Attempts, flight.Retry, flight.CallTimeout));
        var book = Assert.IsType<StepCall>(flight.Action);
        Assert.Equal(("flights", "/book?x=1", """{"from": "VIE"}"""), (book.Participant, book.Path, Text(book.Body)));
        var cancel = Assert.IsType<StepCall>(flight.Compensation);
        Assert.Equal(("flights", "/cancel", "[1.0]"), (cancel.Participant, cancel.Path, Text(cancel.Body)));
        var pay = Assert.IsType<StepTransaction>(spec.Steps[1].Action).Branches.Single();
        Assert.Equal(("bank-a", "left", """[{"type":"debit"}]"""), (pay.Participant, pay.BranchId, Text(pay.Operations)));
        Assert.Equal("bank-b", Assert.IsType<StepTransaction>(spec.Steps[1].Compensation).Branches.Single().Participant);
        Assert.Empty(spec.Steps[1].After!);
        Assert.Equal(("post", "/letter"), (Assert.IsType<StepCall>(spec.Steps[2].Compensation).Participant, ((StepCall)spec.Steps[2].Compensation!).Path));
        Assert.Equal(["flight", "pay"], spec.Steps[2].After!);
    }

    [Fact]
    public async Task What_is_not_said_is_as_the_documents_say()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/sagas", Steps("""{"name":"a","participant":"p","action":{"path":"/do","body":null},"compensation":null,"after":null,"retry":null,"branches":null}"""));
        var spec = Assert.IsType<BeginSagaInput>(server.Engine.Last).Definition.Spec;
        var step = spec.Steps.Single();
        Assert.Equal((TimeSpan.FromHours(1), 5, new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30))), (spec.Timeout, step.Attempts, step.Retry));
        Assert.Equal("null", Text(((StepCall)step.Action).Body));
        Assert.Null(step.Compensation);
        Assert.Null(step.CallTimeout);
    }

    [Theory]
    [InlineData("""{}""", "invalid-value", "steps is missing")]
    [InlineData("""{"steps":null}""", "invalid-value", "steps is null")]
    [InlineData("""{"steps":[]}""", "invalid-value", "steps is empty")]
    [InlineData("""{"steps":[7]}""", "invalid-value", "steps[0] is a number")]
    [InlineData("""{"steps":[{"participant":"p","action":{"path":"/do"}}]}""", "invalid-value", "steps[0].name is missing")]
    [InlineData("""{"steps":[{"name":"a b","participant":"p","action":{"path":"/do"}}]}""", "invalid-value", "steps[0].name is 'a b'")]
    [InlineData("""{"steps":[{"name":"a","action":{"path":"/do"}}]}""", "invalid-value", "steps[0].participant is missing")]
    [InlineData("""{"steps":[{"name":"a","participant":"p"}]}""", "invalid-value", "steps[0].action is missing")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{}}]}""", "invalid-value", "steps[0].action.path is missing")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"do"}}]}""", "invalid-value", "steps[0].action.path is 'do'")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/a b"}}]}""", "invalid-value", "steps[0].action.path")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/a#b"}}]}""", "invalid-value", "without #")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/../b"}}]}""", "invalid-value", "..")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/a/%2E%2e/b"}}]}""", "invalid-value", "..")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/a\r\nX-Evil: 1"}}]}""", "invalid-value", "steps[0].action.path")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do","verb":"GET"}}]}""", "unknown-member", "steps[0].action.verb")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do","body":"\ud800"}}]}""", "invalid-value", "steps[0].action.body holds half of a surrogate pair")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do","path":"/do"}}]}""", "invalid-value", "steps[0].action.path is there twice")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"branches":[{"participant":"b"}]}]}""", "invalid-value", "steps[0].branches is there")]
    [InlineData("""{"steps":[{"name":"a","branches":[]}]}""", "invalid-value", "steps[0].branches is empty")]
    [InlineData("""{"steps":[{"name":"a","branches":[{"participant":"b","vote":"yes","branchId":"1"}]}]}""", "invalid-value", "steps[0].branches[0].vote")]
    [InlineData("""{"steps":[{"name":"a","branches":[{"participant":"b","operations":[{"typ":"x"}]}]}]}""", "unknown-member", "steps[0].branches[0].operations[0].typ")]
    [InlineData("""{"steps":[{"name":"a","branches":[{"participant":"b"}],"compensation":{"path":"/undo"}}]}""", "invalid-value", "compensation.participant is missing")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"compensation":{}}]}""", "invalid-value", "steps[0].compensation.path is missing")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"compensation":{"path":"/undo","branches":[{"participant":"b"}]}}]}""", "invalid-value", "steps[0].compensation.branches is there")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"after":["a"]}]}""", "invalid-value", "'a' after 'a'")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"after":["b"]}]}""", "invalid-value", "steps[0].after[0] is 'b', and there is no such step")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"after":[1]}]}""", "invalid-value", "steps[0].after[0] is a number")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"retry":{"attempts":0}}]}""", "invalid-value", "steps[0].retry.attempts is 0")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"retry":{"attempts":1.5}}]}""", "invalid-value", "steps[0].retry.attempts is 1.5")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"retry":{"initialSeconds":5,"maxSeconds":1}}]}""", "invalid-value", "steps[0].retry.initialSeconds is 5")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"callTimeoutSeconds":3601}]}""", "invalid-value", "steps[0].callTimeoutSeconds is 3601")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do","body":{"$result":"b"}}}]}""", "invalid-value", "steps[0].action.body refers to the result of 'b'")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"compensation":{"path":"/undo","body":{"$result":"a"}}}]}""", "invalid-value", "without a default")]
    [InlineData("""{"steps":[{"name":"a","participant":"p","action":{"path":"/do"},"compensation":{"path":"/undo","body":{"$result":"a","path":"x","default":1}}}]}""", "invalid-value", "JSON pointer")]
    [InlineData("""{"timeoutSeconds":2592001,"steps":[{"name":"a","participant":"p","action":{"path":"/do"}}]}""", "invalid-value", "timeoutSeconds is 2592001")]
    [InlineData("""{"step":[]}""", "unknown-member", "step")]
    public async Task What_is_no_saga_is_refused_by_name(string body, string problem, string named)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/sagas", body);
        var answer = await Problem.Of(response);
        Assert.Equal($"/problems/{problem}", answer.Type);
        Assert.Contains(named, answer.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }

    [Fact]
    public async Task Bodies_and_steps_are_taken_up_to_their_limits()
    {
        await using var server = await TestServer.Start();
        string Of(int length) => Steps($$$"""{"name":"a","participant":"p","action":{"path":"/do","body":"{{{new string('x', length - 2)}}}"}}""");
        using var fits = await server.Post("/v1/sagas", Of(SagaLimits.MaxBodyBytes));
        Assert.Equal(System.Net.HttpStatusCode.Accepted, fits.StatusCode);
        using var large = await server.Post("/v1/sagas", Of(SagaLimits.MaxBodyBytes + 1));
        Assert.Contains("steps[0].action.body has 65537 bytes", (await Problem.Of(large)).Detail, StringComparison.Ordinal);

        string Many(int count) => Steps([.. Enumerable.Range(0, count).Select(i => $$$"""{"name":"s{{{i}}}","participant":"p","action":{"path":"/do"}}""")]);
        using var most = await server.Post("/v1/sagas", Many(SagaLimits.MaxSteps));
        Assert.Equal(System.Net.HttpStatusCode.Accepted, most.StatusCode);
        using var more = await server.Post("/v1/sagas", Many(SagaLimits.MaxSteps + 1));
        Assert.StartsWith("steps has more than 1000 items", (await Problem.Of(more)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_is_answered_with_the_end_and_takes_no_seat_of_a_commit()
    {
        await using var server = await TestServer.Start(options => options.Limits.MaxWaitingRequests = 1);
        var ended = new TaskCompletionSource<Response>(TaskCreationOptions.RunContinuationsAsynchronously);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Engine.OnAsk = input =>
        {
            if (input is not BeginSagaInput { Wait.Ticks: > 0 })
            {
                return Task.FromResult(Documents.AnswerTo(input));
            }

            waits.TrySetResult();
            return ended.Task;
        };
        var waiting = server.Post("/v1/sagas?waitSeconds=10", Steps(Step));
        await waits.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        using var commit = await server.Post($"/v1/transactions/{Documents.Id}/commit", "{}");
        Assert.Equal(System.Net.HttpStatusCode.OK, commit.StatusCode);
        using var refused = await server.Get($"/v1/sagas/{Documents.Id}?waitSeconds=1");
        Assert.Equal("/problems/too-many-waiting", (await Problem.Of(refused)).Type);
        ended.SetResult(new SagaResponse(Documents.Saga with { State = SagaState.Completed, Outcome = SagaOutcome.Completed }, Answered.Ok));
        using var answer = await waiting;
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Documents.Id.ToString(), answer.Headers.GetValues("Concordat-Saga").Single());
    }

    [Fact]
    public async Task Who_waited_too_short_is_told_how_it_stands()
    {
        await using var server = await TestServer.Start();
        using var begun = await server.Post("/v1/sagas?waitSeconds=0.01", Steps(Step));
        Assert.Equal(System.Net.HttpStatusCode.Accepted, begun.StatusCode);
        using var looked = await server.Get($"/v1/sagas/{Documents.Id}?waitSeconds=0.01");
        Assert.Equal(System.Net.HttpStatusCode.OK, looked.StatusCode);
    }

    [Fact]
    public async Task What_operators_ask_reaches_the_coordinator()
    {
        await using var server = await TestServer.Start();
        using var retry = await server.Post($"/v1/sagas/{Documents.Id}/steps/flight/retry", "");
        Assert.Equal((Documents.Id, "flight"), (Assert.IsType<RetryStepInput>(server.Engine.Last).Id, ((RetryStepInput)server.Engine.Last!).Step));
        using var resolve = await server.Post($"/v1/sagas/{Documents.Id}/steps/flight/resolve", """{"who":"Ada","why":"by phone"}""");
        var resolved = Assert.IsType<ResolveStepInput>(server.Engine.Last);
        Assert.Equal(("flight", "Ada", "by phone"), (resolved.Step, resolved.Who, resolved.Why));
        using var cancel = await server.Post($"/v1/sagas/{Documents.Id}/cancel", "{}");
        Assert.IsType<CancelSagaInput>(server.Engine.Last);
        using var resume = await server.Post($"/v1/sagas/{Documents.Id}/resume", "");
        Assert.IsType<ResumeSagaInput>(server.Engine.Last);
        using var nobody = await server.Post($"/v1/sagas/{Documents.Id}/steps/flight/resolve", """{"who":" ","why":"x"}""");
        Assert.Contains("who", (await Problem.Of(nobody)).Detail, StringComparison.Ordinal);
        using var noId = await server.Get("/v1/sagas/7");
        Assert.Equal("/problems/unknown-saga", (await Problem.Of(noId)).Type);
    }

    [Fact]
    public async Task A_list_takes_every_filter_once()
    {
        await using var server = await TestServer.Start();
        using var list = await server.Get("/v1/sagas?state=stuck&name=trip&participant=flights&label.order=42&olderThanSeconds=5&limit=7&cursor=1-2");
        var filter = Assert.IsType<ListSagasInput>(server.Engine.Last).Filter;
        Assert.Equal((SagaState.Stuck, "trip", "flights", TimeSpan.FromSeconds(5), 7, "1-2"), (filter.State, filter.Name, filter.Participant, filter.OlderThan, filter.Limit, filter.Cursor));
        Assert.Equal([new("order", "42")], filter.Labels);
        foreach (var query in (string[])["state=active", "state=stuck&state=stuck", "outcome=completed", "limit=0", "name=/x"])
        {
            using var refused = await server.Get("/v1/sagas?" + query);
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }
}
