using Concordat.Samples.Bank.Driver;

namespace Concordat.Torture.Tests.Clients;

/// <summary>The accounts at the beginning, and transfers without end, all of them from a seed.</summary>
internal sealed class Money
{
    private const int AccountsPerBank = 20;
    private const int FewestCentsAtFirst = 5_000;
    private const int MostCentsAtFirst = 50_000;
    private const int MostCents = 2_000;
    private const double BetweenBanks = 0.8;
    private readonly AccountId[] _accounts;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private int _number;

    internal Money(IEnumerable<string> banks, int seed)
    {
        _random = new Random(seed);
        _accounts = [.. banks.SelectMany(bank => Enumerable.Range(0, AccountsPerBank).Select(n => new AccountId(bank, $"{bank}-{n:00}")))];
        Openings = _accounts.ToDictionary(a => a, _ => (long)_random.Next(FewestCentsAtFirst, MostCentsAtFirst));
    }

    internal IReadOnlyDictionary<AccountId, long> Openings { get; }

    internal Transfer Next()
    {
        lock (_lock)
        {
            var from = _accounts[_random.Next(_accounts.Length)];
            var wantOther = _random.NextDouble() < BetweenBanks;
            AccountId to;
            do
            {
                to = _accounts[_random.Next(_accounts.Length)];
            }
            while (to == from || (to.Bank != from.Bank) != wantOther);
            return new Transfer(_number++, from, to, _random.Next(1, MostCents + 1));
        }
    }
}
