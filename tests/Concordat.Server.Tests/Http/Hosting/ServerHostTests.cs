using System.Net;
using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Configuration;
using Concordat.Server.Engine;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Tests.Http;

public sealed class ServerHostTests
{
    private static readonly ServerHostSettings Settings = new() { AddServices = _ => { } };

    [Theory]
    [InlineData("http://127.0.0.1:7070", "127.0.0.1:7070")]
    [InlineData("http://127.0.0.1", "127.0.0.1:80")]
    [InlineData("http://[::1]:0/", "[::1]:0")]
    [InlineData("http://localhost:0", "127.0.0.1:0")]
    [InlineData("http://*:1", "[::]:1")]
    [InlineData("http://+:1", "[::]:1")]
    [InlineData("http://0.0.0.0:1;http://10.1.2.3:2", "0.0.0.0:1 10.1.2.3:2")]
    public void Addresses_are_what_they_say(string urls, string endPoints) =>
        Assert.Equal(endPoints, string.Join(' ', ListenUrls.Parse([urls])));

    [Theory]
    [InlineData("", "names no address")]
    [InlineData("127.0.0.1:7070", "not of the form")]
    [InlineData("http://127.0.0.1:7070/base", "not of the form")]
    [InlineData("http://a@127.0.0.1:7070", "not of the form")]
    [InlineData("http://127.0.0.1:99999", "not of the form")]
    [InlineData("https://127.0.0.1:7070", "https is not spoken")]
    [InlineData("http://example.org:7070", "'example.org' is not an address")]
    public void An_address_that_cannot_be_listened_on_is_named(string urls, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => ServerHost.Build(Settings with { Urls = [urls] }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://127.0.0.1:0;http://192.0.2.1:0")]
    public void Beyond_loopback_without_authentication_it_does_not_start_and_says_what_to_configure(string urls)
    {
        var error = Assert.Throws<ConfigurationException>(() => ServerHost.Build(Settings with { Urls = [urls] }));
        Assert.Contains("Concordat:Auth:Tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-unauthenticated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Allowed_to_it_starts_with_a_warning_that_readyz_shows()
    {
        await using var server = await TestServer.Start(settings: Settings with { Urls = ["http://0.0.0.0:0"], AllowUnauthenticated = true });
        using var client = new HttpClient();
        var ready = await client.GetStringAsync($"http://127.0.0.1:{server.Address.Port}/readyz");
        Assert.Matches("\"warnings\":\\[\"anybody who reaches 0\\.0\\.0\\.0:0 .* no Concordat:Auth:Tokens are configured\"\\]", ready);
    }

    [Fact]
    public async Task With_a_token_it_starts_beyond_loopback_without_a_warning()
    {
        await using var server = await TestServer.Start(options => options.Auth.Tokens.Add("0123456789abcdef"), Settings with { Urls = ["http://0.0.0.0:0"] });
        using var client = new HttpClient();
        Assert.EndsWith("\"warnings\":[]}", await client.GetStringAsync($"http://127.0.0.1:{server.Address.Port}/readyz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_inquiry_url_is_the_address_that_is_listened_on_or_the_configured_one()
    {
        await using (var server = await TestServer.Start())
        {
            Assert.Equal($"{server.Address.GetLeftPart(UriPartial.Authority)}/v1/transactions/{Documents.Id}/outcome",
                server.Services.GetRequiredService<PublicAddress>().InquiryUrlOf(Documents.Id));
        }

        await using (var server = await TestServer.Start(settings: Settings with { Urls = ["http://0.0.0.0:0"], AllowUnauthenticated = true }))
        {
            Assert.Equal($"http://{Dns.GetHostName()}:{server.Address.Port}", server.Services.GetRequiredService<PublicAddress>().Url);
        }

        await using (var server = await TestServer.Start(options => options.PublicUrl = "https://tx.example.org/base/"))
        {
            Assert.Equal("https://tx.example.org/base", server.Services.GetRequiredService<PublicAddress>().Url);
        }
    }

    [Fact]
    public async Task It_can_be_embedded_and_each_endpoint_still_asks_for_its_token()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection([new("Concordat:Auth:Tokens:0", "0123456789abcdef"), new("Concordat:Limits:MaxBranches", "3")]);
        builder.Services.AddConcordatServer(builder.Configuration).AddSingleton<ICoordinatorEngine>(new FakeEngine());
        await using var app = builder.Build();
        app.MapConcordat();
        await app.StartAsync();
        using var client = app.GetTestClient();
        using var refused = await client.GetAsync("/v1/participants");
        Assert.Equal("/problems/unauthorized", (await Problem.Of(refused)).Type);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "0123456789abcdef");
        using var answered = await client.GetAsync("/v1/participants");
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Equal(3, app.Services.GetRequiredService<CoordinatorOptions>().MaxBranches);
        Assert.Equal(new LogOptions(), app.Services.GetRequiredService<LogOptions>());
    }

    [Fact]
    public async Task An_embedding_host_with_wrong_settings_does_not_start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddConcordatServer(builder.Configuration, options => options.Limits.MaxBranches = 0).AddSingleton<ICoordinatorEngine>(new FakeEngine());
        await using var app = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());
        Assert.Contains("Concordat:Limits:MaxBranches is 0", error.Message, StringComparison.Ordinal);
    }
}
