using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>The coordinator over HTTP, by the words of its contract and not through the SDK.</summary>
internal sealed class CoordinatorApi(HttpClient http, Service service)
{
    private const string Transactions = "v1/transactions";
    private const string Sagas = "v1/sagas";

    /// <summary>Runs a transaction. A lost connection is an <see cref="HttpRequestException"/>: not known.</summary>
    internal Task<Answer> RunAsync(JsonObject transaction, string? key = null, CancellationToken cancellationToken = default)
    {
        var request = Request(HttpMethod.Post, Transactions, transaction);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return SendAsync(request, cancellationToken);
    }

    /// <summary>Returns when the transaction is durably accepted.</summary>
    internal Task<Answer> SubmitAsync(JsonObject transaction)
    {
        var request = Request(HttpMethod.Post, Transactions, transaction);
        request.Headers.Add("Prefer", "respond-async");
        return SendAsync(request);
    }

    internal Task<Answer> BeginAsync(double timeoutSeconds) => SendAsync(Request(HttpMethod.Post, Transactions, new JsonObject { ["timeoutSeconds"] = timeoutSeconds }));

    internal Task<Answer> PostAsync(string id, string what, JsonObject? body = null) => SendAsync(Request(HttpMethod.Post, $"{Transactions}/{id}/{what}", body));

    internal Task<Answer> GetAsync(string id, double waitSeconds = 0) =>
        SendAsync(Request(HttpMethod.Get, waitSeconds > 0 ? $"{Transactions}/{id}?waitSeconds={waitSeconds}" : $"{Transactions}/{id}"));

    /// <summary>Waits until every branch has acknowledged, and asserts that it ended so.</summary>
    internal async Task<Answer> EndsAsync(string id, string outcome)
    {
        Answer? last = null;
        await Until.TrueAsync($"transaction {id} has ended", async () => (last = await GetAsync(id, 10)).State is "committed" or "aborted");
        Assert.True(last!.State == outcome && last.Outcome == outcome, $"expected {outcome}, and the transaction is {last}");
        return last;
    }

    internal Task<Answer> BeginSagaAsync(JsonObject saga) => SendAsync(Request(HttpMethod.Post, Sagas, saga));

    /// <summary>Waits for the end of a saga, over restarts.</summary>
    internal async Task<Answer> SagaEndsAsync(string id)
    {
        Answer? last = null;
        await Until.TrueAsync($"saga {id} has ended", async () => (last = await SendAsync(Request(HttpMethod.Get, $"{Sagas}/{id}?waitSeconds=10"))).Outcome is not null);
        return last!;
    }

    internal async Task RegisterAsync(string participant, Uri url, bool onePhase)
    {
        var answer = await SendAsync(Request(HttpMethod.Put, $"v1/participants/{participant}", new JsonObject { ["url"] = url.AbsoluteUri, ["onePhase"] = onePhase }));
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, $"registering {participant} was answered {answer}");
    }

    private HttpRequestMessage Request(HttpMethod method, string path, JsonObject? body = null) => new(method, new Uri(service.Address, path))
    {
        Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
    };

    private async Task<Answer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default)
    {
        using (request)
        using (var response = await http.SendAsync(request, cancellationToken))
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return new Answer(response.StatusCode, JsonNode.Parse(text.Length == 0 ? "{}" : text)!);
        }
    }
}
