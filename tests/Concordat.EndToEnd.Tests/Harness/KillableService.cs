using System.Net.Http.Json;

namespace Concordat.EndToEnd.Tests.Harness;

/// <summary>A process with a service in sagas, and the points where it can be stopped.</summary>
internal sealed class KillableService(HttpClient http, Service service, string file)
{
    internal Service Service => service;

    internal string Name => service.Name;

    /// <summary>What it has done for a saga, in order, where it writes a file.</summary>
    internal string[] EffectsInFile(string saga) =>
        [.. (File.Exists(file) ? File.ReadLines(file) : []).Where(line => line.StartsWith(saga, StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];

    internal Task<int> ReachedAsync(string point) => http.GetFromJsonAsync<int>(new Uri(service.Address, $"points/{point}"));

    internal async Task SetAsync(string point, string action)
    {
        using var answer = await http.PostAsync(new Uri(service.Address, $"points/{point}/{action}"), content: null);
        answer.EnsureSuccessStatusCode();
    }
}
