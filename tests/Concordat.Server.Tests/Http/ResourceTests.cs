using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Concordat.Core;
using Concordat.Server.Engine;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Tests.Http;

/// <summary>Resources over HTTP: how each call is read and answered, and the whole way with a coordinator behind it.</summary>
public sealed class ResourceTests
{
    private static readonly string Id = Documents.Id.ToString();

    [Fact]
    public async Task Votes_that_come_with_a_commit_reach_the_coordinator()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post(
            $"/v1/transactions/{Id}/commit",
            """
            {"branches":[{"participant":"orders","branchId":"1","vote":"yes","evidence":"xid 7"},
                         {"participant":"billing","branchId":"2","vote":"no","reason":"deadlock"},
                         {"participant":"stock","branchId":"3","vote":"readOnly"}]}
            """);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var commit = Assert.IsType<CommitInput>(server.Engine.Last);
        Assert.Equal(
            [("orders", "1", new BranchVote(Vote.Yes, null, "xid 7")), ("billing", "2", new(Vote.No, "deadlock", null)), ("stock", "3", new(Vote.ReadOnly, null, null))],
            commit.Branches.Select(b => (b.Participant, b.BranchId, b.Vote)));
    }

    [Fact]
    public async Task A_branch_that_would_commit_in_one_phase_reaches_the_coordinator_with_its_evidence()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post(
            $"/v1/transactions/{Id}/commit", """{"branches":[{"participant":"orders","branchId":"1","vote":null,"onePhase":true,"evidence":"xid 7"}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var branch = Assert.Single(Assert.IsType<CommitInput>(server.Engine.Last).Branches);
        Assert.Equal(("orders", "1", null, "xid 7"), (branch.Participant, branch.BranchId, branch.Vote, branch.OnePhase));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"branches":null}""")]
    [InlineData("""{"branches":[]}""")]
    public async Task A_commit_without_branches_is_one_with_none(string body)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Send(HttpMethod.Post, $"/v1/transactions/{Id}/commit", body.Length == 0 ? null : new StringContent(body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(Assert.IsType<CommitInput>(server.Engine.Last).Branches);
    }

    /// <summary>An SDK may write what is not there as null.</summary>
    [Fact]
    public async Task A_vote_that_is_null_is_none()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", """{"branches":[{"participant":"bank-a","vote":null,"reason":null,"evidence":null}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(Assert.IsType<BeginInput>(server.Engine.Last).Spec.Branches[0].Vote);
    }

    [Fact]
    public async Task Votes_are_json_and_say_so()
    {
        await using var server = await TestServer.Start();
        using var content = new StringContent("""{"branches":[{"participant":"orders","branchId":"1","vote":"yes"}]}""");
        using var response = await server.Send(HttpMethod.Post, $"/v1/transactions/{Id}/commit", content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Empty(server.Engine.Asked);
    }

    [Fact]
    public async Task A_branch_that_is_prepared_votes_as_it_is_enlisted()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post($"/v1/transactions/{Id}/branches", """{"participant":"orders","branchId":"b","vote":"yes","evidence":"7"}""");
        Assert.Equal(new BranchVote(Vote.Yes, null, "7"), Assert.IsType<EnlistInput>(server.Engine.Last).Branch.Vote);
    }

    /// <summary>The one test through everything: begin, vote, commit, sweep, report; then as a scope does, without evidence.</summary>
    [Fact]
    public async Task Two_databases_without_services_take_part_and_a_sweep_finishes_what_nobody_reported()
    {
        var data = Directory.CreateTempSubdirectory("concordat-resources-").FullName;
        try
        {
            await using var app = await StartAsync(data);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            await Put(http, "orders", "pg:1/orders", 201);
            await Put(http, "orders", "pg:1/orders", 200);
            await Put(http, "billing", "pg:1/billing", 201);

            var known = await Begin(http);
            var committed = await Post(http, $"/v1/transactions/{known}/commit", Votes(""" ,"evidence":"7" """));
            Assert.Equal("committed", committed.GetProperty("outcome").GetString());
            var unknown = await Begin(http);
            await Post(http, $"/v1/transactions/{unknown}/commit", Votes(""));
            Assert.Equal("""{"name":"orders","identity":"pg:1/orders","unfinished":2,"awaited":2}""", await http.GetStringAsync("/v1/resources/orders", TestContext.Current.CancellationToken));
            await Refused(http, "/v1/resources/orders/sweeps", """{"identity":"pg:2/orders"}""", "other-database");

            foreach (var resource in (string[])["orders", "billing"])
            {
                var sweep = await Post(http, $"/v1/resources/{resource}/sweeps", $$"""{"identity":"pg:1/{{resource}}"}""");
                var awaited = Assert.Single(sweep.GetProperty("awaiting").EnumerateArray().ToArray());
                Assert.Equal((known, "7"), (awaited.GetProperty("transactionId").GetString(), awaited.GetProperty("evidence").GetString()));
                var branch = resource == "orders" ? 1 : 2;
                var listed = await Post(http, $"/v1/resources/{resource}/sweeps/{sweep.GetProperty("ticket").GetString()}", $$"""{"prepared":["{{known}}/{{branch}}","somebody's"]}""");
                Assert.Equal("""{"prepared":["committed","foreign"],"done":1}""", listed.GetRawText());
                var report = $$"""{"reports":[{"transactionId":"{{known}}","branchId":"{{branch}}","fate":"committed"},{"transactionId":"{{known}}","branchId":"9","fate":"committed"}]}""";
                var reported = (await Post(http, $"/v1/resources/{resource}/reports", report)).GetProperty("reports");
                Assert.Equal(JsonValueKind.Null, reported[0].GetProperty("problem").ValueKind);
            }

            foreach (var id in (string[])[known, unknown])
            {
                var document = JsonDocument.Parse(await http.GetStringAsync($"/v1/transactions/{id}?waitSeconds=20", TestContext.Current.CancellationToken)).RootElement;
                Assert.Equal("committed", document.GetProperty("state").GetString());
            }

            var alone = await Begin(http);
            const string InOnePhase = """{"branches":[{"participant":"orders","branchId":"1","onePhase":true,"evidence":"8"}]}""";
            for (var again = 0; again < 2; again++)
            {
                var goOn = await Post(http, $"/v1/transactions/{alone}/commit", InOnePhase);
                Assert.Equal((JsonValueKind.Null, "preparing"), (goOn.GetProperty("outcome").ValueKind, goOn.GetProperty("state").GetString()));
            }

            var open = Assert.Single((await Post(http, "/v1/resources/orders/sweeps", """{"identity":"pg:1/orders"}""")).GetProperty("awaiting").EnumerateArray().ToArray());
            Assert.Equal((alone, "8", JsonValueKind.Null), (open.GetProperty("transactionId").GetString(), open.GetProperty("evidence").GetString(), open.GetProperty("decidedAt").ValueKind));
            await Post(http, "/v1/resources/orders/reports", $$"""{"reports":[{"transactionId":"{{alone}}","branchId":"1","fate":"committed"}]}""");
            Assert.Equal("committed", (await Post(http, $"/v1/transactions/{alone}/commit", InOnePhase)).GetProperty("outcome").GetString());

            Assert.Equal("""{"items":[]}""", await http.GetStringAsync("/v1/participants", TestContext.Current.CancellationToken));
            Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync("/v1/participants/orders", TestContext.Current.CancellationToken)).StatusCode);
            Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/v1/resources/orders", TestContext.Current.CancellationToken)).StatusCode);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static string Votes(string evidence) =>
        $$"""{"branches":[{"participant":"orders","branchId":"1","vote":"yes"{{evidence}}},{"participant":"billing","branchId":"2","vote":"yes"{{evidence}}}]}""";

    private static async Task<string> Begin(HttpClient http) => (await Post(http, "/v1/transactions", "{}")).GetProperty("id").GetString()!;

    private static async Task Put(HttpClient http, string name, string identity, int status)
    {
        using var response = await http.PutAsJsonAsync($"/v1/resources/{name}", new { identity }, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
    }

    private static async Task<JsonElement> Post(HttpClient http, string path, string body)
    {
        using var response = await http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task Refused(HttpClient http, string path, string body, string slug)
    {
        using var response = await http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal($"/problems/{slug}", (await Problem.Of(response)).Type);
    }

    private static async Task<WebApplication> StartAsync(string data)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddConcordatServer(builder.Configuration, options => options.Storage.Path = data);
        builder.Services.AddConcordatEngine();
        var app = builder.Build();
        app.UseConcordatProblems();
        app.MapConcordat();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
