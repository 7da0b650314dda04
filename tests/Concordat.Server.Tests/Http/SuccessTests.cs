using System.Net;
using Concordat.Core;

namespace Concordat.Server.Tests.Http;

public sealed class SuccessTests
{
    private const string Document =
        """
        {"id":"11223344-5555-8555-9555-550000000007","name":"transfer","state":"committing","outcome":"committed","reason":null,"createdAt":"2026-03-01T12:00:00.250Z","deadline":"2026-03-01T12:01:00.250Z","decidedAt":"2026-03-01T12:00:01.250Z","completedAt":null,"labels":{"order":"42"},"branches":[{"id":"1","participant":"bank-a","state":"prepared","vote":"yes","attempts":1,"lastError":null,"nextAttemptAt":null}],"history":[{"state":"active","at":"2026-03-01T12:00:00.250Z"},{"state":"preparing","at":"2026-03-01T12:00:00.250Z"}]}
        """;

    [Fact]
    public async Task A_transaction_with_branches_is_answered_with_the_contract_s_document_member_for_member()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", """{"branches":[{"participant":"bank-a","operations":[ {"type":"debit", "data":{"amount":100}} ]}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Document, await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(Documents.Id.ToString(), Assert.Single(response.Headers.GetValues("Concordat-Transaction")));
        Assert.Null(response.Headers.Location);
        Assert.Empty(response.Headers.Server);
        var begin = Assert.IsType<BeginInput>(server.Engine.Last);
        Assert.Equal(BeginMode.Run, begin.Mode);
        Assert.Equal("""[ {"type":"debit", "data":{"amount":100}} ]""", System.Text.Encoding.UTF8.GetString(begin.Spec.Branches[0].Operations.Span));
    }

    [Fact]
    public async Task Everything_that_a_request_says_reaches_the_coordinator()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions",
            """
            {"name":"a:b/c","timeoutSeconds":0.5,"labels":{"order":"42","x/y":""},
             "branches":[{"participant":"bank-a","branchId":"b-1","operations":[{"type":"t","resource":null,"data":null}]},{"participant":"bank-a","operations":[]}]}
            """);
        var begin = Assert.IsType<BeginInput>(server.Engine.Last);
        Assert.Equal(("a:b/c", TimeSpan.FromMilliseconds(500)), (begin.Spec.Name, begin.Spec.Timeout));
        Assert.Equal([new("order", "42"), new("x/y", "")], begin.Spec.Labels);
        Assert.Equal([("bank-a", "b-1", 42), ("bank-a", null, 0)], begin.Spec.Branches.Select(b => (b.Participant, b.BranchId, b.Operations.Length)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"name":null,"timeoutSeconds":null,"labels":null,"branches":null}""")]
    public async Task Without_branches_it_begins_only_and_null_is_as_good_as_absent(string body)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", body, ("Prefer", "respond-async"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/v1/transactions/{Documents.Id}", response.Headers.Location!.ToString());
        Assert.Equal(Documents.Id.ToString(), Assert.Single(response.Headers.GetValues("Concordat-Transaction")));
        var begin = Assert.IsType<BeginInput>(server.Engine.Last);
        Assert.Equal((BeginMode.Open, null, TimeSpan.FromSeconds(60), 0, 0), (begin.Mode, begin.Spec.Name, begin.Spec.Timeout, begin.Spec.Labels.Count, begin.Spec.Branches.Count));
    }

    [Theory]
    [InlineData("86400", 86_400_000)]
    [InlineData("1e1", 10_000)]
    [InlineData("0.0000001", 1)]
    public async Task A_timeout_is_any_number_in_range(string seconds, double milliseconds)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", $$"""{"timeoutSeconds":{{seconds}}}""");
        Assert.Equal(milliseconds, Assert.IsType<BeginInput>(server.Engine.Last).Spec.Timeout.TotalMilliseconds);
    }

    [Fact]
    public async Task Names_and_values_may_be_written_with_escapes_and_operations_stay_as_they_came()
    {
        await using var server = await TestServer.Start();
        const string Operations = """[{"\u0074ype":"\u00fc","data":{"a":1,"a":[1e999,"\ud83d\ude00"]}}]""";
        using var response = await server.Post("/v1/transactions", $$"""{"n\u0061me":"\u0061","branches":[{"participant":"p","operations": {{Operations}} }]}""");
        var spec = Assert.IsType<BeginInput>(server.Engine.Last).Spec;
        Assert.Equal("a", spec.Name);
        Assert.Equal(Operations, System.Text.Encoding.UTF8.GetString(spec.Branches[0].Operations.Span));
    }

    [Theory]
    [InlineData("commit", null)]
    [InlineData("commit", "{}")]
    [InlineData("rollback", null)]
    [InlineData("rollback", " {} ")]
    public async Task Commit_and_rollback_need_no_body(string call, string? body)
    {
        await using var server = await TestServer.Start();
        using var content = body is null ? null : new StringContent(body);
        using var response = await server.Send(HttpMethod.Post, $"/v1/transactions/{Documents.Id}/{call}", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Document, await response.Content.ReadAsStringAsync());
        Assert.Equal(Documents.Id, server.Engine.Last switch { CommitInput c when call == "commit" => c.Id, RollbackInput r => r.Id, _ => default });
    }

    [Fact]
    public async Task A_branch_is_enlisted()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post($"/v1/transactions/{Documents.Id}/branches", """{"participant":"bank-a","branchId":"x","operations":[{"type":"t"}]}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(
            """{"id":"1","participant":"bank-a","state":"prepared","vote":"yes","attempts":1,"lastError":null,"nextAttemptAt":null}""",
            await response.Content.ReadAsStringAsync());
        Assert.Equal(Documents.Id.ToString(), Assert.Single(response.Headers.GetValues("Concordat-Transaction")));
        var enlist = Assert.IsType<EnlistInput>(server.Engine.Last);
        Assert.Equal((Documents.Id, "bank-a", "x"), (enlist.Id, enlist.Branch.Participant, enlist.Branch.BranchId));
    }

    [Theory]
    [InlineData("", null, 0)]
    [InlineData("?branch=b-1", "b-1", 0)]
    [InlineData("?waitSeconds=0", null, 0)]
    [InlineData("?waitSeconds=2.5&branch=b-1", "b-1", 2.5)]
    public async Task A_participant_inquires(string query, string? branch, double seconds)
    {
        await using var server = await TestServer.Start();
        Assert.Equal("""{"outcome":"pending","presumed":false}""", await server.Client.GetStringAsync($"/v1/transactions/{Documents.Id}/outcome{query}"));
        var inquiry = Assert.IsType<InquiryInput>(server.Engine.Last);
        Assert.Equal((Documents.Id, branch, seconds), (inquiry.Id, inquiry.BranchId, inquiry.Wait?.TotalSeconds ?? 0));
    }

    [Theory]
    [InlineData("committed", Settlement.Committed)]
    [InlineData("rolled-back", Settlement.RolledBack)]
    public async Task An_operator_settles_a_branch(string how, Settlement settlement)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post($"/v1/transactions/{Documents.Id}/branches/b-1/resolve", $$"""{"as":"{{how}}","who":"ann","why":"the disk is gone"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var resolve = Assert.IsType<ResolveInput>(server.Engine.Last);
        Assert.Equal((Documents.Id, "b-1", settlement, "ann", "the disk is gone"), (resolve.Id, resolve.BranchId, resolve.As, resolve.Who, resolve.Why));
    }

    [Fact]
    public async Task Transactions_are_listed()
    {
        await using var server = await TestServer.Start();
        Assert.Equal($$"""{"items":[{{Document}}],"nextCursor":"1-7"}""", await server.Client.GetStringAsync("/v1/transactions"));
        server.Engine.Answer(new Server.Engine.TransactionsResponse(new TransactionList { Items = [] }));
        Assert.Equal("""{"items":[],"nextCursor":null}""", await server.Client.GetStringAsync("/v1/transactions"));
    }

    [Fact]
    public async Task A_participant_is_put_shown_and_removed()
    {
        await using var server = await TestServer.Start();
        using var put = await server.Put("/v1/participants/bank-a", """{"url":"https://[::1]:8001/a%20b","inquires":true}""");
        Assert.Equal((HttpStatusCode.Created, "/v1/participants/bank-a"), (put.StatusCode, put.Headers.Location!.ToString()));
        Assert.Equal("""{"name":"bank-a","url":"https://[::1]:8001/a%20b","onePhase":false,"inquires":true,"state":null,"unfinished":null}""", await put.Content.ReadAsStringAsync());
        Assert.Equal(new ParticipantFlags(OnePhase: false, Inquires: true), Assert.IsType<PutParticipantInput>(server.Engine.Last).Flags);

        const string Shown = """{"name":"bank-a","url":"http://127.0.0.1:8001/concordat","onePhase":false,"inquires":false,"state":"up","unfinished":0}""";
        Assert.Equal(Shown, await server.Client.GetStringAsync("/v1/participants/bank-a"));
        Assert.Equal($$"""{"items":[{{Shown}}]}""", await server.Client.GetStringAsync("/v1/participants"));

        using var removed = await server.Send(HttpMethod.Delete, "/v1/participants/bank-a", content: null);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal("bank-a", Assert.IsType<RemoveParticipantInput>(server.Engine.Last).Name);
    }
}
