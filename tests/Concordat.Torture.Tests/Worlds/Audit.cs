using System.Net.Http.Json;
using Concordat.Client;
using Concordat.Client.Participants;
using Concordat.Samples.Bank.Audit;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Torture.Tests.Worlds;

/// <summary>
/// Three witnesses after every round: the banks' books against what the clients were told, to the cent; the coordinator's list of what
/// it committed against the same; and <c>concordat check</c>, which compares the logs on disk.
/// </summary>
internal sealed class Audit(
    IConcordatClient coordinator, HttpClient http, Service[] banks, Func<Task<(int ExitCode, string Output)>> check, IReadOnlyDictionary<AccountId, long> openings)
{
    private IReadOnlyDictionary<AccountId, long> _before = openings;

    internal async Task HoldsAsync(int round, TransferResult[] results)
    {
        var report = Auditor.Audit(_before, results, await FindAsync(round));
        Assert.True(report.Passed, $"the audit of round {round} failed:\n{string.Join('\n', report.Checks.Where(c => !c.Passed).Select(c => $"{c.Claim}: {string.Join(", ", c.Problems)}"))}");
        _before = Auditor.Expected(_before, results);

        var (exitCode, output) = await check();
        Assert.True(exitCode == 0, $"after round {round}, concordat check ended with {exitCode}:\n{output}");
    }

    private async Task<Findings> FindAsync(int round)
    {
        var accounts = new Dictionary<AccountId, Account>();
        var inDoubt = 0;
        foreach (var bank in banks)
        {
            foreach (var (name, account) in (await http.GetFromJsonAsync<Dictionary<string, Account>>(new Uri(bank.Address, "accounts")))!)
            {
                accounts.Add(new AccountId(bank.Name, name), account);
            }

            inDoubt += (await http.GetFromJsonAsync<ParticipantStatus>(new Uri(bank.Address, "status")))!.InDoubt;
        }

        var committed = new HashSet<TransactionId>();
        await foreach (var transaction in coordinator.EnumerateAsync(new TransactionQuery { Outcome = Outcome.Committed, Name = $"round-{round}", Limit = 1000 }))
        {
            committed.Add(transaction.Id);
        }

        return new Findings(accounts, inDoubt, committed);
    }
}
