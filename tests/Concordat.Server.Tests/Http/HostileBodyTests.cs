namespace Concordat.Server.Tests.Http;

/// <summary>Nothing malformed reaches the engine, and each is told what is wrong with it.</summary>
public sealed class HostileBodyTests(HostileBodyTests.Shared shared) : IClassFixture<HostileBodyTests.Shared>
{
    private const string Json = "malformed-json", Unknown = "unknown-member", Value = "invalid-value";
    private static readonly string Id = Documents.Id.ToString();

    public sealed class Shared : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await TestServer.Start();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    public static TheoryData<string, string, string> Begins => new()
    {
        { "", Json, "empty" },
        { " ", Json, "" },
        { "{", Json, "" },
        { "{}x", Json, "" },
        { "{} {}", Json, "" },
        { "{\"name\":\"a\",}", Json, "" },
        { "{'name':'a'}", Json, "" },
        { "{/* c */}", Json, "" },
        { "{\"timeoutSeconds\":NaN}", Json, "" },
        { "{\"timeoutSeconds\":Infinity}", Json, "" },
        { "{\"timeoutSeconds\":01}", Json, "" },
        { "{\"timeoutSeconds\":+1}", Json, "" },
        { "{\"name\":\"a\nb\"}", Json, "" },
        { "{\"name\":\"\\x41\"}", Json, "" },
        { "\uFEFF{}", Json, "byte order mark" },
        { Deep("{\"branches\":", 70), Value, "branches[0] is an array" },
        { "{\"branches\":[{\"participant\":\"a\",\"operations\":[{\"type\":\"t\",\"data\":" + Deep("", 70) + "}]}]}", Json, "depth" },
        { "n\0u\u001b[2J", Json, "'n\uFFFDu\uFFFD[2J'" },
        { "null", Value, "the body is null; it must be an object" },
        { "[]", Value, "the body is an array" },
        { "\"x\"", Value, "the body is a string" },
        { "1", Value, "the body is a number" },
        { "true", Value, "the body is true or false" },
        { """{"Name":"a"}""", Unknown, "Name" },
        { """{"timeout":1}""", Unknown, "timeout is not a member" },
        { """{"":1}""", Unknown, "is not a member" },
        { """{"\ud800":1}""", Unknown, "\uFFFD" },
        { """{"\u0000\u001b[31m":1}""", Unknown, "\uFFFD\uFFFD[31m" },
        { $$"""{"{{new string('x', 5000)}}":1}""", Unknown, "x…" },
        { """{"name":"a","name":"a"}""", Value, "name is there twice" },
        { """{"name":"a","n\u0061me":"a"}""", Value, "name is there twice" },
        { """{"name":1}""", Value, "name is a number; it must be a string" },
        { """{"name":{}}""", Value, "name is an object" },
        { """{"name":""}""", Value, "name is ''" },
        { """{"name":"-a"}""", Value, "name is '-a'" },
        { """{"name":"a b"}""", Value, "name is 'a b'" },
        { """{"name":"ä"}""", Value, "name is 'ä'" },
        { """{"name":"\ud83d"}""", Value, "surrogate" },
        { $$"""{"name":"{{new string('x', 129)}}"}""", Value, "name is" },
        { """{"timeoutSeconds":"1"}""", Value, "timeoutSeconds is a string; it must be a number" },
        { """{"timeoutSeconds":true}""", Value, "timeoutSeconds is true or false" },
        { """{"timeoutSeconds":0}""", Value, "timeoutSeconds is 0; it must be more than 0 and at most 86400" },
        { """{"timeoutSeconds":-0.0}""", Value, "timeoutSeconds" },
        { """{"timeoutSeconds":-1}""", Value, "timeoutSeconds is -1" },
        { """{"timeoutSeconds":86400.001}""", Value, "timeoutSeconds is 86400.001" },
        { """{"timeoutSeconds":1e999}""", Value, "timeoutSeconds" },
        { $$"""{"timeoutSeconds":{{new string('9', 2000)}}}""", Value, "timeoutSeconds" },
        { """{"timeoutSeconds":1e-999}""", Value, "timeoutSeconds" },
        { """{"labels":[]}""", Value, "labels is an array; it must be an object" },
        { """{"labels":{"a":1}}""", Value, "labels.a is a number; it must be a string" },
        { """{"labels":{"a":null}}""", Value, "labels.a is null" },
        { """{"labels":{"a":"1","a":"1"}}""", Value, "labels.a is there twice" },
        { """{"labels":{"":"1"}}""", Value, "labels has the name ''" },
        { """{"labels":{"a b":"1"}}""", Value, "labels has the name 'a b'" },
        { """{"labels":{"\ud800":"1"}}""", Value, "surrogate" },
        { """{"labels":{"a":"\udc00"}}""", Value, "surrogate" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t","data":"\ud800"}]}]}""", Value, "branches[0].operations[0].data" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t","data":{"a":[1,{"b":"\udc00x"}]}}]}]}""", Value, "surrogate" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t","data":{"\ud800":1}}]}]}""", Value, "surrogate" },
        { "{\"labels\":{\"a\":\"" + new string('x', 257) + "\"}}", Value, "labels.a has 257 characters; at most 256" },
        { "{\"labels\":{" + string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"l{i}\":\"\"")) + "}}", Value, "labels has more than 32" },
        { """{"branches":{}}""", Value, "branches is an object; it must be an array" },
        { """{"branches":[]}""", Value, "branches is empty" },
        { """{"branches":[null]}""", Value, "branches[0] is null; it must be an object" },
        { """{"branches":[{"participant":"a"},1]}""", Value, "branches[1] is a number" },
        { """{"branches":[{}]}""", Value, "branches[0].participant is missing" },
        { """{"branches":[{"participant":null}]}""", Value, "branches[0].participant is null" },
        { """{"branches":[{"participant":"a:b"}]}""", Value, "branches[0].participant is 'a:b'" },
        { """{"branches":[{"participant":"a","participant":"b"}]}""", Value, "branches[0].participant is there twice" },
        { """{"branches":[{"participant":"a","url":"x"}]}""", Unknown, "branches[0].url" },
        { """{"branches":[{"participant":"a","branchId":"a/b"}]}""", Value, "branches[0].branchId is 'a/b'" },
        { """{"branches":[{"participant":"a","branchId":1}]}""", Value, "branches[0].branchId is a number" },
        { """{"branches":[{"participant":"a","operations":{}}]}""", Value, "branches[0].operations is an object; it must be an array" },
        { """{"branches":[{"participant":"a","operations":"[]"}]}""", Value, "branches[0].operations is a string" },
        { """{"branches":[{"participant":"a","operations":[1]}]}""", Value, "branches[0].operations[0] is a number" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t"},{}]}]}""", Value, "branches[0].operations[1].type is missing" },
        { """{"branches":[{"participant":"a","operations":[{"type":null}]}]}""", Value, "branches[0].operations[0].type is null" },
        { """{"branches":[{"participant":"a","operations":[{"type":"\ud800"}]}]}""", Value, "surrogate" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t","type":"t"}]}]}""", Value, "branches[0].operations[0].type is there twice" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t","resource":1}]}]}""", Value, "branches[0].operations[0].resource is a number" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t","data":1,"data":2}]}]}""", Value, "branches[0].operations[0].data is there twice" },
        { """{"branches":[{"participant":"a","operations":[{"typ":"t"}]}]}""", Unknown, "branches[0].operations[0].typ" },
        { """{"branches":[{"participant":"a","operations":[{"type":"t"}],"x":1}]}""", Unknown, "branches[0].x" },
        { """{"branches":[{"participant":"a"}],"x":1}""", Unknown, "x is not a member" },
        { $$"""{"branches":[{{string.Join(',', Enumerable.Repeat("""{"participant":"a"}""", 101))}}]}""", "too-many-branches", "more than 100" },
    };

    public static TheoryData<string, string, string, string> Others => new()
    {
        { $"/v1/transactions/{Id}/branches", "", Json, "empty" },
        { $"/v1/transactions/{Id}/branches", "{}", Value, "participant is missing" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","operations":[{"type":1}]}""", Value, "operations[0].type is a number" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branches":[]}""", Unknown, "branches" },
        { $"/v1/transactions/{Id}/commit", """{"force":true}""", Unknown, "force" },
        { $"/v1/transactions/{Id}/commit", "[]", Value, "the body is an array" },
        { $"/v1/transactions/{Id}/rollback", "x", Json, "" },
        { $"/v1/transactions/{Id}/rollback", "{}}", Json, "" },
        { $"/v1/transactions/{Id}/branches/1/resolve", "", Json, "empty" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"who":"a","why":"b"}""", Value, "as is missing" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"committed","why":"b"}""", Value, "who is missing" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"committed","who":"a"}""", Value, "why is missing" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"aborted","who":"a","why":"b"}""", Value, "as is 'aborted'" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":1,"who":"a","why":"b"}""", Value, "as is a number" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"committed","who":" \t","why":"b"}""", Value, "who must be 1 to 1000" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"committed","who":"a","why":""}""", Value, "why must be 1 to 1000" },
        { $"/v1/transactions/{Id}/branches/1/resolve", $$"""{"as":"committed","who":"a","why":"{{new string('x', 1001)}}"}""", Value, "why must be" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"committed","who":null,"why":"b"}""", Value, "who is null" },
        { $"/v1/transactions/{Id}/branches/1/resolve", """{"as":"committed","who":"a","why":"b","x":1}""", Unknown, "x" },
        { $"/v1/transactions/{Id}/branches/-/resolve", """{"as":"committed","who":"a","why":"b"}""", Value, "branch is '-'" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","vote":"maybe"}""", Value, "vote is 'maybe'" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","vote":"yes"}""", Value, "branchId is missing" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","evidence":"x"}""", Value, "evidence is there without a vote" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","reason":"x"}""", Value, "reason is there without a vote" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","vote":"no","evidence":"x"}""", Value, "evidence is there, and the vote is not yes" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","vote":"yes","evidence":""}""", Value, "evidence must be 1 to 256 bytes" },
        { $"/v1/transactions/{Id}/branches", $$"""{"participant":"a","branchId":"1","vote":"yes","evidence":"{{new string('ä', 129)}}"}""", Value, "evidence must be 1 to 256 bytes" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","branchId":"1","onePhase":"yes","evidence":"x"}]}""", Value, "branches[0].onePhase is" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","branchId":"1","onePhase":true}]}""", Value, "branches[0].evidence is missing" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","onePhase":true,"evidence":"x"}]}""", Value, "branches[0].branchId is missing" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","branchId":"1","onePhase":true,"vote":"yes","evidence":"x"}]}""", Value, "branches[0].onePhase is true, and there is a vote" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","branchId":"1","onePhase":false,"evidence":"x"}]}""", Value, "branches[0].evidence is there without a vote" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","onePhase":true,"evidence":"x"}""", Value, "onePhase is true, and this is no commit" },
        { "/v1/transactions", """{"branches":[{"participant":"a","branchId":"1","onePhase":true,"evidence":"x"}]}""", Value, "branches[0].onePhase is true, and this is no commit" },
        { "/v1/transactions", """{"branches":[{"participant":"a","branchId":"1","vote":"yes"}]}""", Value, "branches[0].vote is there, and the transaction has no id yet" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","branchId":"1","vote":"yes","identity":"a b"}]}""", Value, "branches[0].identity is 'a b'" },
        { $"/v1/transactions/{Id}/branches", """{"participant":"a","branchId":"1","identity":7}""", Value, "identity is a number" },
        { $"/v1/transactions/{Id}/commit", """{"branches":{}}""", Value, "branches is an object" },
        { $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"a","vote":"yes"}]}""", Value, "branches[0].branchId is missing" },
        { $"/v1/transactions/{Id}/commit", """{"votes":[]}""", Unknown, "votes" },
        { "PUT /v1/resources/a", "{}", Value, "identity is missing" },
        { "PUT /v1/resources/a", """{"identity":""}""", Value, "identity is ''" },
        { "PUT /v1/resources/a", """{"identity":"a b"}""", Value, "visible ASCII" },
        { "PUT /v1/resources/a", $$"""{"identity":"{{new string('x', 257)}}"}""", Value, "1 to 256" },
        { "PUT /v1/resources/a", """{"identity":"x","url":"http://a/"}""", Unknown, "url" },
        { "PUT /v1/resources/-a", """{"identity":"x"}""", Value, "name is '-a'" },
        { "/v1/resources/a/sweeps", "{}", Value, "identity is missing" },
        { "/v1/resources/a/sweeps/1", """{"prepared":[]}""", Value, "ticket is '1'" },
        { "/v1/resources/a/sweeps/1.x", """{"prepared":[]}""", Value, "ticket is '1.x'" },
        { "/v1/resources/a/sweeps/1.99999999999999999999", """{"prepared":[]}""", Value, "ticket is" },
        { "/v1/resources/a/sweeps/1.1", "{}", Value, "prepared is missing" },
        { "/v1/resources/a/sweeps/1.1", """{"prepared":["x",1]}""", Value, "prepared[1] is a number" },
        { "/v1/resources/a/sweeps/1.1", """{"prepared":[["x"]]}""", Value, "prepared[0] is an array" },
        { "/v1/resources/a/sweeps/1.1", $$"""{"prepared":["{{new string('x', 513)}}"]}""", Value, "at most 512" },
        { "/v1/resources/a/reports", """{"reports":null}""", Value, "reports is null" },
        { "/v1/resources/a/reports", """{"reports":[{}]}""", Value, "reports[0].transactionId is missing" },
        { "/v1/resources/a/reports", """{"reports":[{"transactionId":"x","branchId":"1","fate":"committed"}]}""", Value, "reports[0].transactionId is 'x'" },
        { "/v1/resources/a/reports", $$"""{"reports":[{"transactionId":"{{Id}}","branchId":"-","fate":"committed"}]}""", Value, "reports[0].branchId is '-'" },
        { "/v1/resources/a/reports", $$"""{"reports":[{"transactionId":"{{Id}}","branchId":"1","fate":"gone"}]}""", Value, "reports[0].fate is 'gone'" },
        { "/v1/resources/a/reports", $$"""{"reports":[{"transactionId":"{{Id}}","branchId":"1"}]}""", Value, "reports[0].fate is missing" },
        { "PUT /v1/participants/a", "{}", Value, "url is missing" },
        { "PUT /v1/participants/a", """{"url":null}""", Value, "url is null" },
        { "PUT /v1/participants/a", """{"url":"/x"}""", Value, "url is '/x'" },
        { "PUT /v1/participants/a", """{"url":""}""", Value, "url is ''" },
        { "PUT /v1/participants/a", """{"url":"ftp://a/"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"file:///etc/passwd"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"http://"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"http:a"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"http://a b/"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"http://a/\u0000"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"http://a:99999/"}""", Value, "http or https" },
        { "PUT /v1/participants/a", """{"url":"http://u:p@a/"}""", Value, "must not hold a user" },
        { "PUT /v1/participants/a", """{"url":"http://@a/"}""", Value, "must not hold a user" },
        { "PUT /v1/participants/a", """{"url":"http://a/?x=1"}""", Value, "must not hold a query" },
        { "PUT /v1/participants/a", """{"url":"http://a/?"}""", Value, "must not hold a query" },
        { "PUT /v1/participants/a", """{"url":"http://a/#x"}""", Value, "must not hold a fragment" },
        { "PUT /v1/participants/a", $$"""{"url":"http://a/{{new string('x', 2040)}}"}""", Value, "at most 2048" },
        { "PUT /v1/participants/a", """{"url":"http://a/","onePhase":null}""", Value, "onePhase is null; it must be true or false" },
        { "PUT /v1/participants/a", """{"url":"http://a/","inquires":"true"}""", Value, "inquires is a string" },
        { "PUT /v1/participants/a", """{"url":"http://a/","name":"a"}""", Unknown, "name" },
        { "PUT /v1/participants/a%2Fb", """{"url":"http://a/"}""", Value, "name is 'a%2Fb'" },
        { "PUT /v1/participants/-a", """{"url":"http://a/"}""", Value, "name is '-a'" },
        { "PUT /v1/participants/" + new string('x', 129), """{"url":"http://a/"}""", Value, "name is" },
    };

    [Theory]
    [MemberData(nameof(Begins))]
    public Task A_malformed_transaction_is_refused_by_name(string body, string slug, string detail) => Refused("/v1/transactions", body, slug, detail);

    [Theory]
    [MemberData(nameof(Others))]
    public Task A_malformed_body_of_any_call_is_refused_by_name(string call, string body, string slug, string detail) => Refused(call, body, slug, detail);

    private async Task Refused(string call, string body, string slug, string detail)
    {
        var server = shared.Server;
        using var response = call.StartsWith("PUT ", StringComparison.Ordinal) ? await server.Put(call[4..], body) : await server.Post(call, body);
        var problem = await Problem.Of(response);
        Assert.Equal((400, $"/problems/{slug}"), (problem.Status, problem.Type));
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
        Assert.True(problem.Detail.Length < 500, problem.Detail);
        Assert.Empty(server.Engine.Asked);
    }

    private static string Deep(string before, int depth) => before + new string('[', depth) + new string(']', depth) + (before.Length > 0 ? "}" : "");
}
