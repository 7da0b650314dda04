using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Samples.Bank.Audit;

/// <summary>What the banks and the coordinator say in the end.</summary>
/// <param name="Committed">The transactions that the coordinator lists as committed.</param>
internal sealed record Findings(IReadOnlyDictionary<AccountId, Account> Accounts, int InDoubt, IReadOnlySet<TransactionId> Committed);

/// <summary>
/// Compares what the driver was told with what is. It knows nothing of the protocol: it adds up transfers like a bookkeeper.
/// </summary>
internal static class Auditor
{
    private const int MostProblems = 10;

    public static AuditReport Audit(IReadOnlyDictionary<AccountId, long> openings, IReadOnlyList<TransferResult> results, Findings found)
    {
        var before = openings.Values.Sum();
        var after = found.Accounts.Values.Sum(a => a.Available + a.Held + a.Incoming);
        return new AuditReport(
            [
                Check("money before = money after", before == after ? [] : [$"{before} cents before, {after} cents after"]),
                Check("every account holds exactly what the outcomes add up to", WrongBalances(openings, results, found.Accounts)),
                Check("no funds are held, none are promised", found.Accounts
                    .Where(a => a.Value is not { Held: 0, Incoming: 0 })
                    .Select(a => $"{a.Key}: {a.Value}")),
                Check("no branch is in doubt", found.InDoubt == 0 ? [] : [$"{found.InDoubt} branches are in doubt"]),
                Check("the coordinator lists as committed what the driver was told is committed", WrongOutcomes(results, found.Committed)),
            ],
            before, after, found.InDoubt);
    }

    /// <summary>The balances that follow from the outcomes.</summary>
    public static Dictionary<AccountId, long> Expected(IReadOnlyDictionary<AccountId, long> openings, IEnumerable<TransferResult> results)
    {
        var balances = new Dictionary<AccountId, long>(openings);
        foreach (var (transfer, _, _, _, _) in results.Where(r => r.Outcome == Outcome.Committed))
        {
            balances[transfer.From] -= transfer.Cents;
            balances[transfer.To] += transfer.Cents;
        }

        return balances;
    }

    private static IEnumerable<string> WrongBalances(
        IReadOnlyDictionary<AccountId, long> openings, IReadOnlyList<TransferResult> results, IReadOnlyDictionary<AccountId, Account> accounts)
    {
        var expected = Expected(openings, results);
        foreach (var (id, cents) in expected)
        {
            if (!accounts.TryGetValue(id, out var account))
            {
                yield return $"{id.Account} of {id.Bank} is gone; {cents} cents expected";
            }
            else if (account.Available != cents)
            {
                yield return $"{id.Account} of {id.Bank} has {account.Available} cents, {cents} expected";
            }
        }

        foreach (var id in accounts.Keys.Where(id => !expected.ContainsKey(id)))
        {
            yield return $"{id.Account} of {id.Bank} was never opened";
        }
    }

    private static IEnumerable<string> WrongOutcomes(IReadOnlyList<TransferResult> results, IReadOnlySet<TransactionId> committed)
    {
        var told = results.Where(r => r.Outcome == Outcome.Committed).Select(r => r.Id).ToHashSet();
        return told.Where(id => !committed.Contains(id)).Select(id => $"{id}: the driver was told committed, the coordinator does not list it so")
            .Concat(committed.Where(id => !told.Contains(id)).Select(id => $"{id}: the coordinator lists it as committed, the driver was not told so"));
    }

    private static AuditCheck Check(string claim, IEnumerable<string> problems)
    {
        var all = problems.ToList();
        return new AuditCheck(claim, all.Count <= MostProblems ? all : [.. all.Take(MostProblems), $"… and {all.Count - MostProblems} more"]);
    }
}
