using System.Net;
using System.Security.Cryptography;
using System.Text;
using Concordat.Core;

namespace Concordat.Server.Tests.Http;

public sealed class HeaderTests
{
    private const string Run = """{"branches":[{"participant":"a"}]}""";
    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Theory]
    [InlineData("k")]
    [InlineData("\"quoted\"")]
    [InlineData("~!#$%&'()*+,-./:;<=>?@[]^_`{|}")]
    public async Task An_idempotency_key_goes_to_the_coordinator_with_the_hash_of_the_raw_body(string key)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", Run, ("Idempotency-Key", key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var begin = Assert.IsType<BeginInput>(server.Engine.Last);
        Assert.Equal(key, begin.Key!.Value);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(Run)), begin.Key.BodyHash.ToArray());
    }

    [Fact]
    public async Task Without_a_key_there_is_none()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", Run);
        Assert.Null(Assert.IsType<BeginInput>(server.Engine.Last).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("x256")]
    public async Task A_key_of_another_form_is_refused(string key)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", Run, ("Idempotency-Key", key == "x256" ? new string('x', 256) : key));
        await Refused(server, response);
    }

    [Fact]
    public async Task Two_keys_are_refused()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", Run, ("Idempotency-Key", "a"), ("Idempotency-Key", "b"));
        await Refused(server, response);
    }

    [Theory]
    [InlineData("respond-async", BeginMode.RunInBackground)]
    [InlineData("Respond-Async", BeginMode.RunInBackground)]
    [InlineData("return=minimal, respond-async; wait=10", BeginMode.RunInBackground)]
    [InlineData("wait=10 ,respond-async", BeginMode.RunInBackground)]
    [InlineData("respond-asynchronously", BeginMode.Run)]
    [InlineData("return=respond-async", BeginMode.Run)]
    public async Task Respond_async_is_found_among_preferences(string prefer, BeginMode mode)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", Run, ("Prefer", prefer));
        Assert.Equal(mode, Assert.IsType<BeginInput>(server.Engine.Last).Mode);
        Assert.Equal(mode == BeginMode.Run ? HttpStatusCode.OK : HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(mode == BeginMode.Run ? null : $"/v1/transactions/{Documents.Id}", response.Headers.Location?.ToString());
        Assert.Equal(mode == BeginMode.RunInBackground, response.Headers.Contains("Preference-Applied"));
    }

    [Theory]
    [InlineData(Trace, Trace)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings", Trace)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", null)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more", null)]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", null)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", null)]
    [InlineData("nonsense", null)]
    public async Task A_trace_parent_is_passed_on_and_a_malformed_one_ignored(string header, string? passedOn)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", Run, ("traceparent", header));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(passedOn, Assert.IsType<BeginInput>(server.Engine.Last).Spec.TraceParent);
    }

    [Fact]
    public async Task A_problem_carries_the_trace_id_of_its_request()
    {
        await using var server = await TestServer.Start();
        using var response = await server.Post("/v1/transactions", "{", ("traceparent", Trace));
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", (await Problem.Of(response)).TraceId);
    }

    private static async Task Refused(TestServer server, HttpResponseMessage response)
    {
        var problem = await Problem.Of(response);
        Assert.Equal((400, "/problems/invalid-value"), (problem.Status, problem.Type));
        Assert.Contains("Idempotency-Key", problem.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Engine.Asked);
    }
}
