using Concordat.Client;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Samples.Bank.Audit;

internal static class FindingsReader
{
    public static async Task<Findings> ReadAsync(IConcordatClient coordinator, IReadOnlyList<BankClient> banks, CancellationToken cancellationToken)
    {
        var accounts = new Dictionary<AccountId, Account>();
        var inDoubt = 0;
        foreach (var bank in banks)
        {
            foreach (var (name, account) in await bank.AccountsAsync(cancellationToken))
            {
                accounts.Add(new AccountId(bank.Name, name), account);
            }

            inDoubt += (await bank.StatusAsync(cancellationToken)).InDoubt;
        }

        var committed = new HashSet<TransactionId>();
        await foreach (var transaction in coordinator.EnumerateAsync(new TransactionQuery { Outcome = Outcome.Committed, Limit = 1000 }, cancellationToken))
        {
            committed.Add(transaction.Id);
        }

        return new Findings(accounts, inDoubt, committed);
    }
}
