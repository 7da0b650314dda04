using System.Net.Http.Json;
using System.Text.Json;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>A process with a participant of the SDK and its durable log, and the points where it can be stopped.</summary>
internal sealed class SdkParticipant(HttpClient http, Service service, string dataDirectory)
{
    internal string Name => service.Name;

    internal string DataDirectory => dataDirectory;

    internal Service Service => service;

    internal Task SetAsync(string point, string action) => PostAsync($"points/{point}/{action}");

    internal Task IsAtAsync(string point) =>
        Until.TrueAsync($"{Name} is at {point}", async () => await ReachedAsync(point) > 0);

    internal Task<int> ReachedAsync(string point) => http.GetFromJsonAsync<int>(new Uri(service.Address, $"points/{point}"));

    internal async Task StartAsync()
    {
        await service.StartAsync();
        await Until.TrueAsync($"{Name} is registered", async () => (await StatusAsync()).GetProperty("registered").GetBoolean());
    }

    internal async Task KillAndRestartAsync()
    {
        await service.KillAsync();
        await StartAsync();
    }

    internal Task KillAndRestartWithoutCoordinatorAsync() => service.RestartAsync();

    /// <summary>How often each transaction was applied.</summary>
    internal async Task<Dictionary<string, int>> AppliedAsync() => (await http.GetFromJsonAsync<Dictionary<string, int>>(new Uri(service.Address, "applied")))!;

    internal async Task<int> InDoubtAsync() => (await StatusAsync()).GetProperty("inDoubt").GetInt32();

    internal async Task<string[]> HeldAsync() => (await http.GetFromJsonAsync<string[]>(new Uri(service.Address, "held")))!;

    internal async Task HasAppliedOnceAsync(string transaction)
    {
        var applied = await AppliedAsync();
        Assert.True(applied.GetValueOrDefault(transaction) == 1, $"{Name} applied {transaction} {applied.GetValueOrDefault(transaction)} times");
        Assert.Empty(await HeldAsync());
    }

    private Task<JsonElement> StatusAsync() => http.GetFromJsonAsync<JsonElement>(new Uri(service.Address, "status"));

    private async Task PostAsync(string path)
    {
        using var answer = await http.PostAsync(new Uri(service.Address, path), content: null);
        answer.EnsureSuccessStatusCode();
    }
}
