using System.Net;
using Concordat.Server.Configuration;

namespace Concordat.Server.Tests.Http;

public sealed class AuthenticationTests
{
    private const string Token = "0123456789abcdef", Other = "fedcba9876543210";

    [Theory]
    [InlineData(null, "no Authorization header")]
    [InlineData("Basic YTpi", "not of the form")]
    [InlineData("Bearer", "not of the form")]
    [InlineData("Bearer ", "not of the form")]
    [InlineData("Bearer 0123456789abcde", "not one of")]
    [InlineData("Bearer 0123456789abcdefg", "not one of")]
    [InlineData("Bearer 0123456789ABCDEF", "not one of")]
    public async Task Without_a_token_nothing_is_done_and_the_401_says_why(string? header, string why)
    {
        await using var server = await TestServer.Start(WithTokens);
        (string, string)[] headers = header is null ? [] : [("Authorization", header)];
        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Post, "/v1/transactions"), (HttpMethod.Get, "/v1/transactions"), (HttpMethod.Get, $"/v1/transactions/{Documents.Id}"),
            (HttpMethod.Post, $"/v1/transactions/{Documents.Id}/commit"), (HttpMethod.Post, $"/v1/transactions/{Documents.Id}/rollback"),
            (HttpMethod.Post, $"/v1/transactions/{Documents.Id}/branches"), (HttpMethod.Get, $"/v1/transactions/{Documents.Id}/outcome"),
            (HttpMethod.Post, $"/v1/transactions/{Documents.Id}/branches/1/resolve"), (HttpMethod.Get, "/v1/participants"),
            (HttpMethod.Get, "/v1/participants/a"), (HttpMethod.Put, "/v1/participants/a"), (HttpMethod.Delete, "/v1/participants/a"), (HttpMethod.Get, "/metrics")])
        {
            using var response = await server.Send(method, path, content: null, headers);
            var problem = await Problem.Of(response);
            Assert.Equal((401, "/problems/unauthorized"), (problem.Status, problem.Type));
            Assert.Contains(why, problem.Detail, StringComparison.Ordinal);
            Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        }

        Assert.Empty(server.Engine.Asked);
    }

    [Theory]
    [InlineData("Bearer " + Token)]
    [InlineData("bearer  " + Other)]
    public async Task Each_configured_token_lets_in(string header)
    {
        await using var server = await TestServer.Start(WithTokens);
        using var response = await server.Send(HttpMethod.Get, "/v1/participants", content: null, ("Authorization", header));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/openapi/v1.json")]
    public async Task Probes_and_the_description_need_no_token(string path)
    {
        await using var server = await TestServer.Start(WithTokens);
        using var response = await server.Get(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static void WithTokens(ServerOptions options)
    {
        options.Auth.Tokens.Add(Token);
        options.Auth.Tokens.Add(Other);
    }
}
