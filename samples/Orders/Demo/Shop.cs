using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Concordat.Samples.Orders.Api;
using Concordat.Testing.Processes;

namespace Concordat.Samples.Orders.Demo;

/// <summary>The coordinator and the API, as processes of their own that end with this one.</summary>
internal sealed partial class Shop(ShopDatabases databases) : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("concordat-orders-").FullName;
    private readonly HttpClient _http = new();
    private Child? _coordinator;
    private Child? _api;

    public string Coordinator { get; private set; } = "";

    private string Api { get; set; } = "";

    public async Task StartAsync()
    {
        _coordinator = await Child.StartAsync(TextWriter.Null, Programs.Concordat("serve", "--data", Path.Combine(_folder, "log"), "--urls", "http://127.0.0.1:0"));
        Coordinator = await AddressAsync(_coordinator);
        await Until.TrueAsync("the coordinator is ready", async () => (await _http.GetAsync(Coordinator + "/readyz")).IsSuccessStatusCode);
        await StartApiAsync();
    }

    /// <param name="stopWhen">See <see cref="StopForDemonstration"/>.</param>
    public async Task StartApiAsync(string? stopWhen = null)
    {
        string[] stop = stopWhen is null ? [] : [$"--StopWhen={stopWhen}"];
        _api = await Child.StartAsync(TextWriter.Null, Programs.Beside(
            "Orders.dll",
            ["serve", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information", $"--Coordinator={Coordinator}",
            .. databases.Settings, .. stop]));
        Api = await AddressAsync(_api);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillApiAsync()
    {
        await _api!.DisposeAsync();
        _api = null;
    }

    public Task OrdersAreStoppedAsync(int count) => Until.TrueAsync($"{count} orders are stopped", () => AnOrderIs().Count(_api!.Output) == count);

    /// <returns>Null: the connection was lost.</returns>
    public async Task<HttpStatusCode?> PlaceAsync(string way, OrderRequest order)
    {
        try
        {
            using var answer = await _http.PostAsJsonAsync($"{Api}/orders/{way}", order);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>What the coordinator knows of a transaction; null: nothing.</summary>
    public async Task<TransactionDocument?> TransactionAsync(string id)
    {
        using var answer = await _http.GetAsync($"{Coordinator}/v1/transactions/{id}");
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync(ContractJson.Default.TransactionDocument) : null;
    }

    private static async Task<string> AddressAsync(Child process) => (await process.PrintsAsync(Listening()))?.Groups["address"].Value
        ?? throw new InvalidOperationException($"a process ended with exit code {await process.Exited} and said\n{process.Output}");

    [GeneratedRegex(@"listening on:? (?<address>http://127\.0\.0\.1:[1-9]\d*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();

    [GeneratedRegex("^an order is", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnOrderIs();

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (Child?[])[_api, _coordinator])
        {
            await (process?.DisposeAsync() ?? default);
        }

        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
