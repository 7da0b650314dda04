using System.Net.Http.Json;
using Concordat.Samples.Bank.BankService;
using Microsoft.AspNetCore.Builder;

namespace Concordat.Bank.Tests;

/// <summary>A bank in this process, called as a coordinator would call it.</summary>
internal sealed class RunningBank : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("concordat-bank-test-").FullName;
    private readonly HttpClient _http = new();
    private WebApplication? _app;
    // Prepared transactions have their names in common with all databases of a server.
    private static ulong s_banks;
    private readonly ulong _number = Interlocked.Increment(ref s_banks);
    private ulong _transactions;

    public static Task<RunningBank> StartAsync(params Opening[] accounts) => StartAsync(postgres: null, accounts);

    /// <param name="postgres">The database of its accounts; null: they are in its log.</param>
    public static async Task<RunningBank> StartAsync(string? postgres, params Opening[] accounts)
    {
        var bank = new RunningBank { Postgres = postgres };
        await bank.StartAgainAsync();
        Assert.Equal(201, await bank.OpenAsync(accounts));
        return bank;
    }

    private string? Postgres { get; init; }

    /// <summary>Stops it and starts it on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    public async Task<int> OpenAsync(params Opening[] accounts)
    {
        using var answer = await _http.PostAsJsonAsync(At("accounts"), accounts);
        return (int)answer.StatusCode;
    }

    public async Task<Account> AccountAsync(string name) => (await AccountsAsync())[name];

    public async Task<Dictionary<string, Account>> AccountsAsync() =>
        (await _http.GetFromJsonAsync<Dictionary<string, Account>>(At("accounts")))!;

    public TransactionId NewTransaction() => new(_number, 1, ++_transactions);

    public Task<PrepareAnswer> PrepareAsync(TransactionId transaction, params Posting[] postings) =>
        PrepareAsync(transaction, [.. postings.Select(p => p.ToOperation())]);

    public async Task<PrepareAnswer> PrepareAsync(TransactionId transaction, Operation[] operations)
    {
        var now = DateTimeOffset.UtcNow;
        var call = new PrepareCall
        {
            TransactionId = transaction,
            BranchId = "1",
            CreatedAt = now,
            Deadline = now.AddMinutes(1),
            EndedBefore = now.AddMinutes(-1),
            Operations = operations,
        };
        using var answer = await _http.PostAsJsonAsync(At("concordat/prepare"), call, ContractJson.Default.PrepareCall);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(ContractJson.Default.PrepareAnswer))!;
    }

    public Task<int> CommitAsync(TransactionId transaction) => CompleteAsync("concordat/commit", transaction);

    public Task<int> RollbackAsync(TransactionId transaction) => CompleteAsync("concordat/rollback", transaction);

    private async Task<int> CompleteAsync(string path, TransactionId transaction)
    {
        var now = DateTimeOffset.UtcNow;
        var call = new CompleteCall { TransactionId = transaction, BranchId = "1", CreatedAt = now, EndedBefore = now.AddMinutes(-1) };
        using var answer = await _http.PostAsJsonAsync(At(path), call, ContractJson.Default.CompleteCall);
        return (int)answer.StatusCode;
    }

    private Uri At(string path) => new(new Uri(_app!.Urls.Single()), path);

    private async Task StartAgainAsync()
    {
        _app = BankHost.Build(new BankSettings("bank-t", Path.Combine(_folder, "data"), Port: 0, Coordinator: null) { Postgres = Postgres });
        await _app.StartAsync();
    }

    private async Task StopAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
