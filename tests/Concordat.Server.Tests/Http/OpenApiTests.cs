using System.Text.Json;

namespace Concordat.Server.Tests.Http;

public sealed class OpenApiTests
{
    private static readonly string[] Calls =
    [
        "delete /v1/participants/{name}", "delete /v1/resources/{name}", "get /livez", "get /metrics", "get /readyz", "get /v1/locks", "get /v1/participants",
        "get /v1/participants/{name}", "get /v1/resources", "get /v1/resources/{name}", "get /v1/resources/{name}/prepared", "get /v1/sagas", "get /v1/sagas/{id}", "get /v1/transactions", "get /v1/transactions/{id}", "get /v1/transactions/{id}/outcome", "head /livez", "head /readyz",
        "post /v1/resources/{name}/ended", "post /v1/resources/{name}/prepared", "post /v1/resources/{name}/reconcile", "post /v1/resources/{name}/reports", "post /v1/resources/{name}/sweeps", "post /v1/resources/{name}/sweeps/{ticket}",
        "post /v1/sagas", "post /v1/sagas/{id}/cancel", "post /v1/sagas/{id}/resume", "post /v1/sagas/{id}/steps/{step}/resolve", "post /v1/sagas/{id}/steps/{step}/retry",
        "post /v1/transactions", "post /v1/transactions/begins", "post /v1/transactions/commits", "post /v1/transactions/{id}/branches", "post /v1/transactions/{id}/branches/{branch}/resolve",
        "post /v1/transactions/{id}/commit", "post /v1/transactions/{id}/locks", "post /v1/transactions/{id}/rollback", "put /v1/participants/{name}", "put /v1/resources/{name}",
    ];

    [Theory]
    [InlineData("/openapi/v2.json")]
    [InlineData("/openapi/.json")]
    public async Task A_description_that_there_is_none_of_is_a_problem_document(string path)
    {
        await using var server = await TestServer.Start();
        using var response = await server.Get(path);
        Assert.Equal("/problems/not-found", (await Problem.Of(response)).Type);
    }

    [Fact]
    public async Task The_description_has_every_call_with_a_summary_its_parameters_bodies_and_statuses()
    {
        await using var server = await TestServer.Start();
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));
        var calls = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(call => (Name: $"{call.Name} {path.Name}", call.Value))).ToList();
        Assert.Equal(Calls, calls.Select(call => call.Name).Order(StringComparer.Ordinal));
        foreach (var (name, call) in calls)
        {
            Assert.False(string.IsNullOrEmpty(call.GetProperty("summary").GetString()), name);
            Assert.Equal(name.Count(c => c == '{'), PathParameters(call));
            Assert.NotEmpty(call.GetProperty("responses").EnumerateObject());
        }

        var begin = calls.Single(call => call.Name == "post /v1/transactions").Value;
        Assert.Equal("""["200","201","202","400","401","413","415","422","503"]""",
            JsonSerializer.Serialize(begin.GetProperty("responses").EnumerateObject().Select(r => r.Name)));
        var schema = begin.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Assert.Contains("timeoutSeconds", Resolve(document, schema).GetProperty("properties").EnumerateObject().Select(p => p.Name));
        var answer = begin.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Assert.Contains("history", Resolve(document, answer).GetProperty("properties").EnumerateObject().Select(p => p.Name));
        var problem = begin.GetProperty("responses").GetProperty("422").GetProperty("content").GetProperty("application/problem+json").GetProperty("schema");
        Assert.Superset(
            new HashSet<string>(["type", "title", "status", "detail", "traceId", "cycle"], StringComparer.Ordinal),
            Resolve(document, problem).GetProperty("properties").EnumerateObject().Select(p => p.Name).ToHashSet(StringComparer.Ordinal));
    }

    private static int PathParameters(JsonElement call) => !call.TryGetProperty("parameters", out var parameters)
        ? 0
        : parameters.EnumerateArray().Count(parameter => parameter.GetProperty("in").GetString() == "path");

    private static JsonElement Resolve(JsonDocument document, JsonElement schema)
    {
        if (!schema.TryGetProperty("$ref", out var reference))
        {
            return schema;
        }

        return reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(document.RootElement, (element, part) => element.GetProperty(part));
    }
}
