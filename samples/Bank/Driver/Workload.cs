using Concordat.Client;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Processes;

namespace Concordat.Samples.Bank.Driver;

internal readonly record struct AccountId(string Bank, string Account);

internal sealed record Transfer(int Number, AccountId From, AccountId To, long Cents)
{
    /// <summary>
    /// Two branches, one for each bank: together they happen or do not. Within one bank it is one branch with two operations.
    /// </summary>
    public TransactionRequest ToRequest()
    {
        var debit = new Posting(PostingKind.Debit, From.Account, Cents).ToOperation();
        var credit = new Posting(PostingKind.Credit, To.Account, Cents).ToOperation();
        var builder = new TransactionBuilder("transfer").WithTimeout(TimeSpan.FromSeconds(30));
        return string.Equals(From.Bank, To.Bank, StringComparison.Ordinal)
            ? builder.WithBranch(From.Bank, debit, credit).Build()
            : builder.WithBranch(From.Bank, debit).WithBranch(To.Bank, credit).Build();
    }
}

/// <summary>What is going to happen, all of it from the seed: balances and transfers.</summary>
internal sealed class Workload
{
    // Chosen so that a few percent of the transfers ask for more than there is.
    private const int MostCentsAtFirst = 1_000_00;
    private const int FewestCents = 1_00;
    private const int MostCents = 75_00;
    private const double BetweenBanks = 0.8;

    public Workload(RunOptions options)
    {
        var random = new Random(options.Seed);
        var accounts = Enumerable.Range(0, options.Accounts).Select(Name).ToArray();
        Openings = accounts.ToDictionary(a => a, _ => (long)random.Next(MostCentsAtFirst + 1));
        Transfers = [.. Enumerable.Range(0, options.Transfers).Select(n => NewTransfer(n, accounts, random))];
    }

    public IReadOnlyDictionary<AccountId, long> Openings { get; }

    public IReadOnlyList<Transfer> Transfers { get; }

    /// <summary>Even numbers are at the first bank, odd ones at the second.</summary>
    private static AccountId Name(int n) => new(Cluster.BankNames[n % 2], $"{"ab"[n % 2]}-{n / 2:000}");

    private static Transfer NewTransfer(int number, AccountId[] accounts, Random random)
    {
        var from = random.Next(accounts.Length);
        var wantOther = random.NextDouble() < BetweenBanks;
        int to;
        do
        {
            to = random.Next(accounts.Length);
        }
        while (to == from || (to % 2 != from % 2) != wantOther);
        return new Transfer(number, accounts[from], accounts[to], random.Next(FewestCents, MostCents + 1));
    }
}
