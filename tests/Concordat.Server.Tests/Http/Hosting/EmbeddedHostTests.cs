using System.Net.Http.Json;
using System.Text.Json;
using Concordat.Server.Engine;
using Concordat.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Tests.Http;

public sealed class EmbeddedHostTests
{
    [Fact]
    public async Task A_host_of_ones_own_runs_a_transaction_with_a_participant_in_it_and_leaves_a_log_that_the_next_one_takes_up()
    {
        var data = Directory.CreateTempSubdirectory("concordat-embedded-").FullName;
        try
        {
            string transaction;
            await using (var app = await StartAsync(data))
            {
                using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
                await PutAsync(http, "/v1/participants/bank", $$"""{"url": "{{http.BaseAddress}}bank"}""");
                using var answer = await PostAsync(http, "/v1/transactions", """{"branches": [{"participant": "bank"}, {"participant": "bank"}]}""");
                Assert.Equal("committed", answer.RootElement.GetProperty("outcome").GetString());
                transaction = answer.RootElement.GetProperty("id").GetString()!;
                await app.StopAsync(TestContext.Current.CancellationToken);
                Assert.Equal(EngineState.Stopped, app.Services.GetRequiredService<ICoordinatorEngine>().State);
            }

            await using var next = await StartAsync(data);
            using var client = new HttpClient { BaseAddress = new Uri(next.Urls.Single()) };
            using var again = JsonDocument.Parse(await client.GetStringAsync($"/v1/transactions/{transaction}?waitSeconds=20", TestContext.Current.CancellationToken));
            Assert.Equal("committed", again.RootElement.GetProperty("state").GetString());
            await next.StopAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
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
        app.MapPost("/bank/prepare", () => Results.Text("""{"vote": "yes"}""", "application/json"));
        app.MapPost("/bank/commit", () => Results.NoContent());
        app.MapPost("/bank/rollback", () => Results.NoContent());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task PutAsync(HttpClient http, string path, string body)
    {
        using var response = await http.PutAsync(path, Json(body), TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<JsonDocument> PostAsync(HttpClient http, string path, string body)
    {
        using var response = await http.PostAsync(path, Json(body), TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonDocument>(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("no document");
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
