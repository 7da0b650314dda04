using System.Text;
using Concordat.Client.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Concordat.Databases.Tests.Sagas;

/// <summary>A service as its author writes it, called over HTTP as the coordinator does.</summary>
public sealed class SagaServiceTests(SharedServers servers)
{
    private sealed record Booking(string Seat);

    private sealed record Ticket(string Id);

    private const string Saga = "0a1b2c3d-4e5f-8a6b-9c7d-000000000001";

    [Theory]
    [InlineData("PostgreSQL")]
    [InlineData("MariaDB")]
    public async Task A_seat_is_booked_once_refused_to_others_and_free_again_after_the_compensation(string kind)
    {
        var database = kind == "MariaDB" ? await (await servers.MariaDbAsync()).CreateDatabaseAsync() : await (await servers.PostgresAsync()).CreateDatabaseAsync();
        await using var disposing = database.Source;
        await database.ExecuteAsync("CREATE TABLE seats (seat varchar(10) PRIMARY KEY, saga varchar(36))");
        await database.ExecuteAsync("INSERT INTO seats VALUES ('7A', NULL)");
        await using var service = await StartAsync(kind, database);
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };

        Assert.Equal((200, """{"id":"T-7A"}"""), await CallAsync(http, "/book", "action"));
        Assert.Equal((200, """{"id":"T-7A"}"""), await CallAsync(http, "/book", "action"));
        var other = Saga[..^1] + "2";
        var refused = await CallAsync(http, "/book", "action", other);
        Assert.Equal(409, refused.Status);
        Assert.Contains("\"reason\":\"7A is taken\"", refused.Body, StringComparison.Ordinal);

        Assert.Equal((204, ""), await CallAsync(http, "/cancel", "compensation"));
        Assert.Equal((204, ""), await CallAsync(http, "/cancel", "compensation"));
        Assert.Equal(409, (await CallAsync(http, "/book", "action")).Status);
        Assert.Equal(200, (await CallAsync(http, "/book", "action", other)).Status);

        // The compensation of the first comes once more, and does not take the other one's seat away.
        Assert.Equal((204, ""), await CallAsync(http, "/cancel", "compensation"));
        Assert.Equal(other, await database.ScalarAsync<string>("SELECT saga FROM seats"));

        var barrier = service.Services.GetRequiredKeyedService<ISagaBarrier>("flights-db");
        Assert.Equal(0, await barrier.ForgetAsync(TimeSpan.FromDays(60)));
    }

    private static async Task<(int Status, string Body)> CallAsync(HttpClient http, string path, string call, string saga = Saga)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("""{"seat":"7A"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("Concordat-Saga", saga);
        request.Headers.Add("Concordat-Step", "flight");
        request.Headers.Add("Concordat-Call", call);
        request.Headers.Add("Concordat-Attempt", "1");
        request.Headers.Add("Idempotency-Key", $"{saga}/flight/{call}");
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<WebApplication> StartAsync(string kind, TestDatabase database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (kind == "MariaDB")
        {
            builder.Services.AddSagaBarriers().AddMySql("flights-db", _ => database.Source);
        }
        else
        {
            builder.Services.AddSagaBarriers().AddPostgres("flights-db", _ => database.Source);
        }

        var app = builder.Build();
        app.MapSagaStep<Booking>("flights-db", "/book", async (call, booking, transaction) =>
        {
            var taken = await ExecuteAsync(transaction, $"UPDATE seats SET saga = '{call.Saga}' WHERE seat = '{booking.Seat}' AND saga IS NULL");
            return taken == 1 ? StepResult.Done(new Ticket($"T-{booking.Seat}")) : StepResult.Refused($"{booking.Seat} is taken");
        });
        app.MapSagaCompensation<Booking>("flights-db", "/cancel", async (_, booking, transaction) =>
            Assert.Equal(1, await ExecuteAsync(transaction, $"UPDATE seats SET saga = NULL WHERE seat = '{booking.Seat}'")));
        await app.StartAsync();
        return app;
    }

#pragma warning disable CA2100 // Statements of tests.
    private static async Task<int> ExecuteAsync(SagaTransaction transaction, string sql)
    {
        await using var command = transaction.Connection.CreateCommand();
        command.Transaction = transaction.Transaction;
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync();
    }
}
