using System.Net;
using System.Text.Json.Nodes;

namespace Concordat.Matrix.Tests.Worlds;

/// <summary>What the coordinator says, by the words of its contract and not through the SDK.</summary>
internal sealed class CoordinatorView(HttpClient http, Service coordinator)
{
    /// <summary>Null while it is not decided, and where it is not known.</summary>
    internal async Task<string?> OutcomeAsync(string transaction) => (string?)(await LookAsync(transaction))?["outcome"];

    /// <summary>"unknown" where its begin was lost.</summary>
    internal async Task<string> StateAsync(string transaction) => (string?)(await LookAsync(transaction))?["state"] ?? "unknown";

    /// <summary>Nothing about it is left to be done.</summary>
    internal async Task<bool> HasEndedAsync(string transaction) => await StateAsync(transaction) is "unknown" or "committed" or "aborted";

    internal async Task<string[]> HazardsAsync(string transaction) =>
        [.. ((await LookAsync(transaction))?["branches"]?.AsArray() ?? []).Where(b => (string?)b!["state"] == "hazard").Select(b => b!.ToJsonString())];

    /// <summary>Branches of a resource whose transactions have not ended; null where it is not known.</summary>
    internal async Task<int?> UnfinishedAsync(string resource) => (int?)(await GetAsync($"v1/resources/{resource}"))?["unfinished"];

    private Task<JsonNode?> LookAsync(string transaction) => GetAsync($"v1/transactions/{transaction}");

    private async Task<JsonNode?> GetAsync(string path)
    {
        using var answer = await http.GetAsync(new Uri(coordinator.Address, path));
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return null;
        }

        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text);
    }
}
