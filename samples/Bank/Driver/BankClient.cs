using System.Net.Http.Json;
using Concordat.Client.Participants;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Processes;

namespace Concordat.Samples.Bank.Driver;

/// <summary>A bank's own interface.</summary>
internal sealed class BankClient(HttpClient http, Service bank)
{
    public string Name => bank.Name;

    public async Task OpenAsync(IEnumerable<Opening> openings, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(bank.Address, "accounts"), openings, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new RunFailedException($"{Name} opened no accounts: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    public async Task<IReadOnlyDictionary<string, Account>> AccountsAsync(CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<Dictionary<string, Account>>(new Uri(bank.Address, "accounts"), cancellationToken) ?? [];

    public async Task<ParticipantStatus> StatusAsync(CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<ParticipantStatus>(new Uri(bank.Address, "status"), cancellationToken)
            ?? throw new RunFailedException($"{Name} gave no status");
}
