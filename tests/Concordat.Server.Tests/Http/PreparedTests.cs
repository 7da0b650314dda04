using System.Net;
using Concordat.Core;
using Concordat.Server.Configuration;
using Concordat.Server.Databases;
using Concordat.Server.Engine;

namespace Concordat.Server.Tests.Http;

/// <summary>What is prepared in databases that the server reaches, and in others.</summary>
public sealed class PreparedTests
{
    private static readonly string Branch = $"{Documents.Id}/1";

    [Fact]
    public async Task What_is_prepared_is_listed_first_and_then_looked_up_and_what_is_elsewhere_is_foreign_and_not_asked_about()
    {
        var databases = new FakeDatabases();
        await using var server = await TestServer.Start(databases: databases);
        databases.OnList = () =>
        {
            Assert.Empty(server.Engine.Asked);
            return new DatabaseListing("pg:1/orders",
            [
                new ListedBranch(Branch, IsElsewhere: false, TimeSpan.FromSeconds(90), "app", 7, ["accounts", "orders"]),
                new ListedBranch("elsewhere", IsElsewhere: true, null, null, null, []),
            ]);
        };
        server.Engine.Answer(new PreparedResponse(new PreparedList
        {
            Items = [new PreparedDocument
            {
                Name = Branch, Class = PreparedClass.Committed,
                Transaction = new PreparedTransaction { Id = Documents.Id, Name = "transfer", State = TransactionState.Committing, Outcome = Outcome.Committed },
            }],
        }));
        Assert.Equal(
            $$"""
            {"items":[{"name":"{{Branch}}","class":"committed","transaction":{"id":"{{Documents.Id}}","name":"transfer","state":"committing","outcome":"committed"},"ageSeconds":90,"owner":"app","locks":7,"lockedTables":["accounts","orders"]},{"name":"elsewhere","class":"foreign","transaction":null,"ageSeconds":null,"owner":null,"locks":null,"lockedTables":[]}]}
            """,
            await server.Client.GetStringAsync("/v1/resources/orders/prepared"));
        var look = Assert.IsType<LookInput>(Assert.Single(server.Engine.Asked));
        Assert.Equal(("orders", "pg:1/orders", Branch), (look.Resource, look.Identity, Assert.Single(look.Prepared)));
    }

    [Theory]
    [InlineData("GET", "prepared")]
    [InlineData("POST", "reconcile")]
    public async Task A_database_that_the_server_has_no_connection_to_is_a_problem_that_says_what_to_do(string method, string call)
    {
        await using var server = await TestServer.Start(databases: new FakeDatabases());
        server.Engine.Answer(new ResourceResponse(new ResourceDocument { Name = "billing", Identity = "pg:1/billing" }, Answered.Ok));
        using var response = await server.Send(new HttpMethod(method), $"/v1/resources/billing/{call}", content: null);
        var problem = await Problem.Of(response);
        Assert.Equal((409, "/problems/database-not-configured"), (problem.Status, problem.Type));
        Assert.Contains("Concordat:Resources", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("concordat resources prepared billing --kind", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_is_not_registered_is_not_found_and_not_said_to_be_out_of_reach()
    {
        await using var server = await TestServer.Start();
        server.Engine.Answer(new ProblemResponse(ProblemKind.NoSuchParticipant, "resource 'nobody' is not registered"));
        using var response = await server.Get("/v1/resources/nobody/prepared");
        Assert.Equal("/problems/no-such-participant", (await Problem.Of(response)).Type);
    }

    [Theory]
    [InlineData("GET", "prepared")]
    [InlineData("POST", "reconcile")]
    public async Task A_database_that_does_not_answer_is_a_503_with_its_words(string method, string call)
    {
        var databases = new FakeDatabases
        {
            OnList = () => throw new DatabaseUnreachableException("connection refused"),
            OnReconcile = () => throw new DatabaseUnreachableException("connection refused"),
        };
        await using var server = await TestServer.Start(databases: databases);
        using var response = await server.Send(new HttpMethod(method), $"/v1/resources/orders/{call}", content: null);
        var problem = await Problem.Of(response);
        Assert.Equal((503, "/problems/database-unreachable"), (problem.Status, problem.Type));
        Assert.Contains("'orders': connection refused", problem.Detail, StringComparison.Ordinal);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_sweep_on_request_says_what_it_found_and_did()
    {
        var databases = new FakeDatabases
        {
            OnReconcile = () => new ReconcileAnswer
            {
                ListedAt = Documents.At, Prepared = [new ReconciledBranch(Branch, PreparedClass.Committed, Finished: true)], Finished = 1, Done = 2, Reported = 3, Forgotten = 4,
                Failures = [new ReconcileFailure("x", "y")],
            },
        };
        await using var server = await TestServer.Start(databases: databases);
        using var response = await server.Send(HttpMethod.Post, "/v1/resources/orders/reconcile", content: null);
        Assert.Equal(
            $$"""
            {"listedAt":"2026-03-01T12:00:00.250Z","prepared":[{"branch":"{{Branch}}","class":"committed","finished":true}],"finished":1,"done":2,"reported":3,"forgotten":4,"failures":[{"branch":"x","error":"y"}]}
            """,
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_listing_of_somebody_elses_is_looked_up()
    {
        await using var server = await TestServer.Start();
        server.Engine.Answer(new PreparedResponse(new PreparedList { Items = [new PreparedDocument { Name = "x", Class = PreparedClass.Foreign }] }));
        using var response = await server.Post("/v1/resources/billing/prepared", """{"prepared":["x"],"identity":"pg:1/billing"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var look = Assert.IsType<LookInput>(server.Engine.Last);
        Assert.Equal(("billing", "pg:1/billing", "x"), (look.Resource, look.Identity, Assert.Single(look.Prepared)));
    }

    [Theory]
    [InlineData("prepared", """{"prepared":[]}""", "identity is missing")]
    [InlineData("prepared", """{"identity":"x"}""", "prepared is missing")]
    [InlineData("prepared", """{"identity":"a b","prepared":[]}""", "visible ASCII characters")]
    [InlineData("prepared", """{"identity":"x","prepared":[1]}""", "prepared[0] is a number")]
    [InlineData("ended", """{"identity":"x"}""", "transactions is missing")]
    [InlineData("ended", """{"identity":"x","transactions":["1"]}""", "transactions[0] is")]
    [InlineData("ended", """{"identity":"x","transactions":null}""", "transactions is null")]
    public async Task Bodies_are_read_strictly(string call, string body, string detail)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post($"/v1/resources/orders/{call}", body);
        Assert.Contains(detail, (await Problem.Of(response)).Detail, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }

    [Fact]
    public async Task At_most_a_thousand_transactions_are_asked_about_at_once()
    {
        await using var server = await TestServer.Start();
        server.Engine.OnAsk = input => Task.FromResult<Response>(new EndedResponse(new EndedAnswer { Ended = new bool[((EndedInput)input).Transactions.Count] }));
        string Body(int count) => $$"""{"identity":"x","transactions":[{{string.Join(',', Enumerable.Repeat($"\"{Documents.Id}\"", count))}}]}""";
        using var taken = await server.Post("/v1/resources/orders/ended", Body(1000));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        using var refused = await server.Post("/v1/resources/orders/ended", Body(1001));
        Assert.Contains("more than 1000 items", (await Problem.Of(refused)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resources_and_metrics_show_what_the_agents_have_seen()
    {
        var databases = new FakeDatabases
        {
            Agent = new ResourceAgentDocument
            {
                IntervalSeconds = 5, LastSweepAt = Documents.At, Failure = "connection refused", OldestAgeSeconds = 12.5,
                Prepared = new Dictionary<string, int>(StringComparer.Ordinal) { ["pending"] = 3, ["foreign"] = 1 },
            },
        };
        await using var server = await TestServer.Start(databases: databases);
        server.Engine.Answer(new ResourcesResponse(new ResourceList
        {
            Items = [new ResourceDocument { Name = "billing", Identity = "pg:1/billing" }, new ResourceDocument { Name = "orders", Identity = "pg:1/orders" }],
        }));
        Assert.Equal(
            """
            {"items":[{"name":"billing","identity":"pg:1/billing","unfinished":0,"awaited":0},{"name":"orders","identity":"pg:1/orders","unfinished":0,"awaited":0,"agent":{"intervalSeconds":5,"lastSweepAt":"2026-03-01T12:00:00.250Z","failure":"connection refused","prepared":{"pending":3,"foreign":1},"oldestAgeSeconds":12.5}}]}
            """,
            await server.Client.GetStringAsync("/v1/resources"));
        var metrics = await server.Client.GetStringAsync("/metrics");
        foreach (var line in (string[])
        [
            "concordat_resource_prepared{resource=\"orders\",class=\"pending\"} 3", "concordat_resource_prepared{resource=\"orders\",class=\"foreign\"} 1",
            "concordat_resource_prepared_oldest_age_seconds{resource=\"orders\"} 12.5", "concordat_resource_swept{resource=\"orders\"} 0",
            "concordat_resource_last_sweep_timestamp_seconds{resource=\"orders\"} 1772366400.25",
        ])
        {
            Assert.Contains(line + "\n", metrics, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_database_in_the_settings_that_nobody_would_sweep_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<ConfigurationException>(() => TestServer.Start(options =>
            options.Resources["stock"] = new DatabaseOptions { Kind = "mysql", Driver = "/x.dll", ConnectionString = "x" }, databases: new FakeDatabases()));
        Assert.Contains("Concordat:Resources has stock", error.Message, StringComparison.Ordinal);
    }
}
