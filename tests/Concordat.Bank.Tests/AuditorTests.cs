using Concordat.Samples.Bank.Audit;
using Concordat.Samples.Bank.BankService;
using Concordat.Samples.Bank.Driver;

namespace Concordat.Bank.Tests;

/// <summary>An audit that cannot fail proves nothing.</summary>
public sealed class AuditorTests
{
    private static readonly AccountId Alice = new("bank-a", "alice");
    private static readonly AccountId Bob = new("bank-b", "bob");
    private static readonly TransactionId First = new(1, 1, 1);
    private static readonly TransactionId Second = new(1, 1, 2);
    private static readonly Dictionary<AccountId, long> Openings = new() { [Alice] = 100, [Bob] = 10 };
    private static readonly TransferResult[] Results =
    [
        new(new Transfer(0, Alice, Bob, 30), First, Outcome.Committed, null, TimeSpan.Zero),
        new(new Transfer(1, Bob, Alice, 99), Second, Outcome.Aborted, "insufficient funds", TimeSpan.Zero),
    ];

    private static Findings Found(Account alice, Account bob, int inDoubt = 0, params TransactionId[] committed) =>
        new(new Dictionary<AccountId, Account> { [Alice] = alice, [Bob] = bob }, inDoubt, committed.ToHashSet());

    private static string[] FailedClaims(Findings found) =>
        [.. Auditor.Audit(Openings, Results, found).Checks.Where(c => !c.Passed).Select(c => c.Claim)];

    [Fact]
    public void Accounts_that_follow_from_the_outcomes_pass()
    {
        var report = Auditor.Audit(Openings, Results, Found(new(70), new(40), 0, First));
        Assert.True(report.Passed);
        Assert.Equal((110L, 110L, 0), (report.MoneyBefore, report.MoneyAfter, report.InDoubt));
    }

    [Fact]
    public void Lost_money_is_found() =>
        Assert.Contains("money before = money after", FailedClaims(Found(new(70), new(39), 0, First)));

    [Fact]
    public void A_transfer_that_happened_on_one_side_only_is_found() =>
        Assert.Contains("money before = money after", FailedClaims(Found(new(70), new(10), 0, First)));

    [Fact]
    public void A_committed_transfer_that_happened_nowhere_is_found_although_the_sum_is_right() =>
        Assert.Equal(["every account holds exactly what the outcomes add up to"], FailedClaims(Found(new(100), new(10), 0, First)));

    [Fact]
    public void A_transfer_that_happened_twice_is_found_although_the_sum_is_right() =>
        Assert.Equal(["every account holds exactly what the outcomes add up to"], FailedClaims(Found(new(40), new(70), 0, First)));

    [Fact]
    public void Held_funds_are_found() =>
        Assert.Contains("no funds are held, none are promised", FailedClaims(Found(new(60, Held: 10), new(40), 0, First)));

    [Fact]
    public void A_branch_in_doubt_is_found() =>
        Assert.Equal(["no branch is in doubt"], FailedClaims(Found(new(70), new(40), 1, First)));

    [Fact]
    public void A_commit_that_the_coordinator_does_not_know_is_found() =>
        Assert.Equal(["the coordinator lists as committed what the driver was told is committed"], FailedClaims(Found(new(70), new(40))));

    [Fact]
    public void A_second_execution_that_nobody_was_told_of_is_found() =>
        Assert.Equal(["the coordinator lists as committed what the driver was told is committed"], FailedClaims(Found(new(70), new(40), 0, First, Second)));

    [Fact]
    public void A_missing_and_an_extra_account_are_found()
    {
        var accounts = new Dictionary<AccountId, Account> { [Alice] = new(70), [new("bank-b", "eve")] = new(40) };
        Assert.Equal(
            ["every account holds exactly what the outcomes add up to"],
            FailedClaims(new Findings(accounts, 0, new HashSet<TransactionId> { First })));
    }
}
