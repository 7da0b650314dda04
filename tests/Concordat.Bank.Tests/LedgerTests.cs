using System.Text.Json;
using Concordat.Samples.Bank.BankService;

namespace Concordat.Bank.Tests;

public sealed class LedgerTests
{
    private static Posting Debit(string account, long cents) => new(PostingKind.Debit, account, cents);

    private static Posting Credit(string account, long cents) => new(PostingKind.Credit, account, cents);

    [Fact]
    public async Task Prepared_debits_hold_their_funds_so_that_nobody_else_can_spend_them()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100));

        Assert.Equal(Vote.Yes, (await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 60))).Vote);
        var second = await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 60));

        Assert.Equal(Vote.No, second.Vote);
        Assert.StartsWith("insufficient funds: ", second.Reason, StringComparison.Ordinal);
        Assert.Equal(new Account(Available: 40, Held: 60), await bank.AccountAsync("alice"));
    }

    [Fact]
    public async Task Prepared_credits_can_be_spent_only_after_the_commit()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("bob", 0));
        var credit = bank.NewTransaction();
        await bank.PrepareAsync(credit, Credit("bob", 50));

        Assert.Equal(new Account(Available: 0, Incoming: 50), await bank.AccountAsync("bob"));
        Assert.Equal(Vote.No, (await bank.PrepareAsync(bank.NewTransaction(), Debit("bob", 1))).Vote);
        await bank.CommitAsync(credit);

        Assert.Equal(new Account(Available: 50), await bank.AccountAsync("bob"));
        Assert.Equal(Vote.Yes, (await bank.PrepareAsync(bank.NewTransaction(), Debit("bob", 50))).Vote);
    }

    [Fact]
    public async Task A_rollback_gives_back_what_was_held_and_takes_back_what_was_promised()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100), new Opening("bob", 7));
        var transfer = bank.NewTransaction();
        await bank.PrepareAsync(transfer, Debit("alice", 60), Credit("bob", 60));

        await bank.RollbackAsync(transfer);

        Assert.Equal(new Account(Available: 100), await bank.AccountAsync("alice"));
        Assert.Equal(new Account(Available: 7), await bank.AccountAsync("bob"));
    }

    [Fact]
    public async Task A_repeated_commit_moves_the_money_once()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100), new Opening("bob", 0));
        var transfer = bank.NewTransaction();
        await bank.PrepareAsync(transfer, Debit("alice", 60), Credit("bob", 60));

        Assert.InRange(await bank.CommitAsync(transfer), 200, 204);
        Assert.InRange(await bank.CommitAsync(transfer), 200, 204);

        Assert.Equal(new Account(Available: 40), await bank.AccountAsync("alice"));
        Assert.Equal(new Account(Available: 60), await bank.AccountAsync("bob"));
    }

    [Fact]
    public async Task Operations_of_one_branch_are_looked_at_together()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100));

        Assert.Equal(Vote.No, (await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 60), Debit("alice", 60))).Vote);
        Assert.Equal(new Account(Available: 100), await bank.AccountAsync("alice"));
        Assert.Equal(Vote.Yes, (await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 60), Debit("alice", 40))).Vote);
        Assert.Equal(new Account(Available: 0, Held: 100), await bank.AccountAsync("alice"));
    }

    [Fact]
    public async Task A_no_leaves_nothing_behind_whichever_operation_it_is_about()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100));

        var unknown = await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 60), Credit("nobody", 60));
        var full = await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 60), Credit("alice", Account.MaxCents));

        Assert.Equal((Vote.No, Vote.No), (unknown.Vote, full.Vote));
        Assert.StartsWith("no such account: ", unknown.Reason, StringComparison.Ordinal);
        Assert.StartsWith("account full: ", full.Reason, StringComparison.Ordinal);
        Assert.Equal(new Account(Available: 100), await bank.AccountAsync("alice"));
    }

    [Fact]
    public async Task What_was_promised_before_a_restart_is_held_and_can_be_committed_after_it()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100), new Opening("bob", 0));
        var (committed, undone) = (bank.NewTransaction(), bank.NewTransaction());
        await bank.PrepareAsync(committed, Debit("alice", 60), Credit("bob", 60));
        await bank.PrepareAsync(undone, Debit("alice", 30), Credit("bob", 30));
        var before = await bank.AccountsAsync();

        await bank.RestartAsync();
        Assert.Equal(before, await bank.AccountsAsync());
        await bank.CommitAsync(committed);
        await bank.RollbackAsync(undone);
        await bank.RestartAsync();

        Assert.Equal(new Account(Available: 40), await bank.AccountAsync("alice"));
        Assert.Equal(new Account(Available: 60), await bank.AccountAsync("bob"));
    }

    [Theory]
    [InlineData("steal", "alice", """{"amount": 1}""")]
    [InlineData("debit", null, """{"amount": 1}""")]
    [InlineData("debit", "alice", "{}")]
    [InlineData("debit", "alice", """{"amount": 0}""")]
    [InlineData("debit", "alice", """{"amount": -5}""")]
    [InlineData("debit", "alice", """{"amount": 1.5}""")]
    [InlineData("debit", "alice", """{"amount": "1"}""")]
    [InlineData("debit", "alice", "[1]")]
    public async Task What_is_no_posting_is_refused_and_changes_nothing(string type, string? account, string data)
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100));
        var operation = new Operation { Type = type, Resource = account, Data = JsonSerializer.Deserialize<JsonElement>(data) };

        Assert.Equal(Vote.No, (await bank.PrepareAsync(bank.NewTransaction(), [operation])).Vote);
        Assert.Equal(new Account(Available: 100), await bank.AccountAsync("alice"));
    }

    [Fact]
    public async Task Accounts_are_opened_all_or_none()
    {
        await using var bank = await RunningBank.StartAsync(new Opening("alice", 100));

        Assert.Equal(409, await bank.OpenAsync(new Opening("bob", 5), new Opening("alice", 5)));
        Assert.Equal(409, await bank.OpenAsync(new Opening("bob", -1)));

        Assert.Equal(["alice"], (await bank.AccountsAsync()).Keys);
    }

    [Fact]
    public void A_saved_ledger_loads_with_everything_that_is_set_aside()
    {
        const string saved = """{"alice":{"available":40,"held":60,"incoming":0},"bob":{"available":0,"held":0,"incoming":60}}""";
        var ledger = new Ledger();
        ledger.Load(System.Text.Encoding.UTF8.GetBytes(saved));
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        ledger.Save(buffer);
        var again = new Ledger();
        again.Load(buffer.WrittenSpan);

        Assert.Equal(new Account(40, 60, 0), again.Accounts()["alice"]);
        Assert.Equal(new Account(0, 0, 60), again.Accounts()["bob"]);
    }
}
