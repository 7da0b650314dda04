using System.Net;
using Concordat.Core;

namespace Concordat.Server.Tests.Http;

public sealed class QueryTests
{
    private static readonly string Id = Documents.Id.ToString();

    [Fact]
    public async Task Every_filter_reaches_the_coordinator()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get(
            "/v1/transactions?state=preparing&outcome=aborted&name=a%3Ab&participant=bank-a&label.order=4%202&label.x=&olderThanSeconds=1.5&limit=7&cursor=1-2");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var filter = Assert.IsType<ListInput>(server.Engine.Last).Filter;
        Assert.Equal((TransactionState.Preparing, Outcome.Aborted, "a:b", "bank-a"), (filter.State!.Value, filter.Outcome!.Value, filter.Name, filter.Participant));
        Assert.Equal([new("order", "4 2"), new("x", "")], filter.Labels);
        Assert.Equal((TimeSpan.FromSeconds(1.5), 7, "1-2"), (filter.OlderThan!.Value, filter.Limit, filter.Cursor));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?state=&outcome=&name=&participant=&olderThanSeconds=&limit=&cursor=")]
    public async Task Without_values_every_transaction_is_meant_fifty_at_a_time(string query)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get("/v1/transactions" + query);
        var filter = Assert.IsType<ListInput>(server.Engine.Last).Filter;
        Assert.Equal(new Core.Transactions.TransactionFilter { Limit = 50, Labels = filter.Labels }, filter);
        Assert.Empty(filter.Labels);
    }

    [Theory]
    [InlineData("active")]
    [InlineData("preparing")]
    [InlineData("prepared")]
    [InlineData("committing")]
    [InlineData("committed")]
    [InlineData("aborting")]
    [InlineData("aborted")]
    public async Task Each_state_can_be_asked_for(string state)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get("/v1/transactions?state=" + state);
        Assert.Equal(state, Assert.IsType<ListInput>(server.Engine.Last).Filter.State!.Value.ToString().ToLowerInvariant());
    }

    [Theory]
    [InlineData("/v1/transactions?staet=active", "unknown-member", "staet")]
    [InlineData("/v1/transactions?State=active", "unknown-member", "State")]
    [InlineData("/v1/transactions?x", "unknown-member", "x is not")]
    [InlineData("/v1/transactions?%00=1", "unknown-member", "is not")]
    [InlineData("/v1/transactions?state=open", "invalid-value", "state is 'open'")]
    [InlineData("/v1/transactions?state=1", "invalid-value", "state is '1'")]
    [InlineData("/v1/transactions?state=active&state=active", "invalid-value", "state is there twice")]
    [InlineData("/v1/transactions?outcome=pending", "invalid-value", "outcome is 'pending'")]
    [InlineData("/v1/transactions?name=a%20b", "invalid-value", "name is 'a b'")]
    [InlineData("/v1/transactions?participant=a:b", "invalid-value", "participant is 'a:b'")]
    [InlineData("/v1/transactions?label.=1", "invalid-value", "label.")]
    [InlineData("/v1/transactions?label.a%20b=1", "invalid-value", "label.a b")]
    [InlineData("/v1/transactions?label.a=1&label.a=2", "invalid-value", "label.a is there twice")]
    [InlineData("/v1/transactions?olderThanSeconds=-1", "invalid-value", "olderThanSeconds is '-1'")]
    [InlineData("/v1/transactions?olderThanSeconds=NaN", "invalid-value", "olderThanSeconds is 'NaN'")]
    [InlineData("/v1/transactions?olderThanSeconds=1e300", "invalid-value", "olderThanSeconds is '1e300'")]
    [InlineData("/v1/transactions?limit=0", "invalid-value", "limit is '0'")]
    [InlineData("/v1/transactions?limit=1001", "invalid-value", "limit is '1001'")]
    [InlineData("/v1/transactions?limit=1.5", "invalid-value", "limit is '1.5'")]
    [InlineData("/v1/transactions?limit=-1", "invalid-value", "limit is '-1'")]
    [InlineData("/v1/transactions?limit=99999999999999999999", "invalid-value", "limit is '99999999999999999999'")]
    [InlineData("/v1/transactions/{id}?wait=1", "unknown-member", "wait is not")]
    [InlineData("/v1/transactions/{id}/outcome?waitSeconds=x", "invalid-value", "waitSeconds is 'x'")]
    [InlineData("/v1/transactions/{id}/outcome?branch=1&branch=1", "invalid-value", "branch is there twice")]
    [InlineData("/v1/transactions/{id}/outcome?wait=1", "unknown-member", "wait is not a query parameter")]
    [InlineData("/v1/transactions/{id}?waitSeconds=", "invalid-value", "waitSeconds is ''")]
    [InlineData("/v1/transactions/{id}?waitSeconds=x", "invalid-value", "waitSeconds is 'x'")]
    [InlineData("/v1/transactions/{id}?waitSeconds=-1", "invalid-value", "waitSeconds is '-1'")]
    [InlineData("/v1/transactions/{id}?waitSeconds=300.1", "invalid-value", "waitSeconds is '300.1'")]
    [InlineData("/v1/transactions/{id}?waitSeconds=Infinity", "invalid-value", "waitSeconds is 'Infinity'")]
    [InlineData("/v1/transactions/{id}?waitSeconds=1&waitSeconds=1", "invalid-value", "waitSeconds is there twice")]
    [InlineData("/v1/transactions/{id}/outcome?branch=", "invalid-value", "branch is ''")]
    [InlineData("/v1/transactions/{id}/outcome?branch=a/b", "invalid-value", "branch is 'a/b'")]
    [InlineData("/v1/participants?limit=1", "unknown-member", "limit")]
    [InlineData("/v1/participants/a?x=1", "unknown-member", "x")]
    [InlineData("/v1/participants/a%20b", "invalid-value", "name is 'a b'")]
    public async Task A_wrong_query_is_refused_by_name(string path, string slug, string detail)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get(path.Replace("{id}", Id, StringComparison.Ordinal));
        var problem = await Problem.Of(response);
        Assert.Equal((400, $"/problems/{slug}"), (problem.Status, problem.Type));
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }

    [Theory]
    [InlineData("POST", "/v1/transactions?x=1")]
    [InlineData("POST", "/v1/transactions/{id}/commit?x=1")]
    [InlineData("POST", "/v1/transactions/{id}/rollback?x=1")]
    [InlineData("POST", "/v1/transactions/{id}/branches?x=1")]
    [InlineData("POST", "/v1/transactions/{id}/branches/1/resolve?x=1")]
    [InlineData("PUT", "/v1/participants/a?x=1")]
    [InlineData("DELETE", "/v1/participants/a?x=1")]
    public async Task No_changing_call_takes_a_parameter(string method, string path)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Send(new HttpMethod(method), path.Replace("{id}", Id, StringComparison.Ordinal), content: null);
        Assert.Equal("/problems/unknown-member", (await Problem.Of(response)).Type);
        Assert.Empty(server.Engine.Asked);
    }

    [Theory]
    [InlineData("waitSeconds=0", null)]
    [InlineData("waitSeconds=0.25", 0.25)]
    [InlineData("waitSeconds=300", 300.0)]
    [InlineData("", null)]
    public async Task A_wait_reaches_the_coordinator_and_none_is_none(string query, double? seconds)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get($"/v1/transactions/{Id}?{query}");
        Assert.Equal(seconds, Assert.IsType<GetInput>(server.Engine.Last).Wait?.TotalSeconds);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("11223344-5555-4555-9555-550000000007")]
    [InlineData("11223344555585559555550000000007")]
    [InlineData("%2011223344-5555-8555-9555-550000000007")]
    public async Task What_is_no_id_is_the_id_of_no_transaction(string id)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get("/v1/transactions/" + id);
        var problem = await Problem.Of(response);
        Assert.Equal((404, "/problems/unknown-transaction"), (problem.Status, problem.Type));
        Assert.Empty(server.Engine.Asked);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "not-found")]
    [InlineData("GET", "/nothing?x=1", 404, "not-found")]
    [InlineData("POST", "/v1/transactions/a/b/c/d", 404, "not-found")]
    [InlineData("DELETE", "/v1/transactions", 405, "method-not-allowed")]
    [InlineData("PATCH", "/v1/participants/a", 405, "method-not-allowed")]
    [InlineData("GET", "/v1/transactions/{id}/commit", 405, "method-not-allowed")]
    [InlineData("POST", "/metrics", 405, "method-not-allowed")]
    public async Task A_path_or_method_that_is_not_there_is_a_problem_too(string method, string path, int status, string slug)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Send(new HttpMethod(method), path.Replace("{id}", Id, StringComparison.Ordinal), content: null);
        var problem = await Problem.Of(response);
        Assert.Equal((status, $"/problems/{slug}"), (problem.Status, problem.Type));
        Assert.Equal(status == 405, response.Content.Headers.Allow.Count > 0);
    }
}
