using Concordat.Samples.Bank.Audit;
using Concordat.Samples.Bank.Driver;
using Concordat.Samples.Bank.Reporting;

namespace Concordat.Bank.Tests;

public sealed class PlanTests
{
    [Fact]
    public void A_seed_always_gives_the_same_balances_transfers_and_kills()
    {
        var options = RunOptions.Full with { Seed = 42 };
        var (one, two) = (new Workload(options), new Workload(options));

        Assert.Equal(one.Transfers, two.Transfers);
        Assert.Equal(one.Openings, two.Openings);
        Assert.Equal(KillPlan.For(options, 1), KillPlan.For(options, 1));
        Assert.NotEqual(one.Transfers, new Workload(options with { Seed = 43 }).Transfers);
        Assert.NotEqual(KillPlan.For(options, 1), KillPlan.For(options with { Seed = 43 }, 1));
    }

    [Theory]
    [InlineData(10_000, 3)]
    [InlineData(2_000, 1)]
    [InlineData(100, 10)]
    [InlineData(10, 3)]
    public void Kills_fall_between_a_twentieth_and_nine_tenths_of_the_run_in_order(int transfers, int kills)
    {
        foreach (var seed in Enumerable.Range(1, 200))
        {
            var options = RunOptions.Full with { Transfers = transfers, Kills = kills, Seed = seed };
            var plan = KillPlan.For(options, seed % 3);

            Assert.Equal(kills, plan.Length);
            Assert.Equal(plan.Order(), plan);
            Assert.All(plan, n => Assert.InRange(n, transfers / 20, transfers * 9 / 10));
        }
    }

    [Fact]
    public void Most_transfers_are_between_the_banks_and_none_goes_from_an_account_to_itself()
    {
        var workload = new Workload(RunOptions.Full);

        Assert.All(workload.Transfers, t => Assert.NotEqual(t.From, t.To));
        Assert.All(workload.Transfers, t => Assert.True(t.Cents > 0));
        Assert.InRange(workload.Transfers.Count(t => t.From.Bank != t.To.Bank), 7_500, 8_500);
        Assert.Equal(500, workload.Openings.Keys.Count(a => a.Bank == "bank-a"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1234)]
    public void A_few_percent_of_the_transfers_ask_for_more_than_there_is(int seed)
    {
        var workload = new Workload(RunOptions.Full with { Seed = seed });
        var balances = new Dictionary<AccountId, long>(workload.Openings);
        var refused = 0;
        foreach (var transfer in workload.Transfers)
        {
            if (balances[transfer.From] < transfer.Cents)
            {
                refused++;
                continue;
            }

            balances[transfer.From] -= transfer.Cents;
            balances[transfer.To] += transfer.Cents;
        }

        Assert.InRange(refused, 200, 700);
    }

    [Fact]
    public void A_transfer_between_banks_is_two_branches_and_one_within_a_bank_is_one()
    {
        var (a, a2, b) = (new AccountId("bank-a", "x"), new AccountId("bank-a", "y"), new AccountId("bank-b", "z"));

        Assert.Equal(["bank-a", "bank-b"], new Transfer(0, a, b, 1).ToRequest().Branches!.Select(r => r.Participant));
        Assert.Equal(["bank-a"], new Transfer(0, a, a2, 1).ToRequest().Branches!.Select(r => r.Participant));
    }

    [Fact]
    public void Percentiles_are_of_the_latencies_that_were_measured()
    {
        var id = new AccountId("bank-a", "x");
        var results = Enumerable.Range(1, 100).Reverse()
            .Select(n => new TransferResult(new Transfer(n, id, id, 1), default, Outcome.Committed, null, TimeSpan.FromMilliseconds(n)))
            .ToArray();
        var run = new RunSummary(RunOptions.Full, results, [], TimeSpan.Zero, TimeSpan.Zero, new AuditReport([], 0, 0, 0));

        Assert.Equal([50, 99, 100], new[] { 0.5, 0.99, 1 }.Select(share => run.Percentile(share).TotalMilliseconds));
    }
}
