using Concordat.Samples.Bank.BankService;

namespace Concordat.Bank.Tests;

/// <summary>A bank whose prepared state is PostgreSQL's own.</summary>
public sealed class PostgresLedgerTests(SharedServers servers)
{
    [Fact]
    public async Task What_is_prepared_is_seen_by_nobody_until_it_is_committed()
    {
        await using var bank = await StartAsync(new Opening("alice", 100), new Opening("bob", 7));
        var transfer = bank.NewTransaction();
        Assert.Equal(Vote.Yes, (await bank.PrepareAsync(transfer, Debit("alice", 60), Credit("bob", 60))).Vote);
        Assert.Equal((100, 7), await BalancesAsync(bank));
        Assert.Equal(204, await bank.CommitAsync(transfer));
        Assert.Equal((40, 67), await BalancesAsync(bank));
    }

    [Fact]
    public async Task A_promise_outlives_a_restart_of_the_bank_and_keeps_its_rows_locked()
    {
        await using var bank = await StartAsync(new Opening("alice", 100), new Opening("bob", 7));
        var transfer = bank.NewTransaction();
        await bank.PrepareAsync(transfer, Debit("alice", 60));
        await bank.RestartAsync();
        var second = await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 1));
        Assert.StartsWith(Reasons.AccountBusy, second.Reason, StringComparison.Ordinal);
        Assert.Equal(204, await bank.CommitAsync(transfer));
        Assert.Equal((40, 7), await BalancesAsync(bank));
    }

    [Fact]
    public async Task A_rollback_leaves_nothing_and_frees_the_rows()
    {
        await using var bank = await StartAsync(new Opening("alice", 100), new Opening("bob", 7));
        var transfer = bank.NewTransaction();
        await bank.PrepareAsync(transfer, Debit("alice", 60), Credit("bob", 60));
        Assert.Equal(204, await bank.RollbackAsync(transfer));
        Assert.Equal((100, 7), await BalancesAsync(bank));
        Assert.Equal(Vote.Yes, (await bank.PrepareAsync(bank.NewTransaction(), Debit("alice", 100))).Vote);
    }

    [Theory]
    [InlineData("alice", 101, Reasons.InsufficientFunds)]
    [InlineData("eve", 1, Reasons.NoSuchAccount)]
    public async Task What_cannot_be_done_is_refused_and_leaves_nothing_prepared(string account, long cents, string reason)
    {
        await using var bank = await StartAsync(new Opening("alice", 100), new Opening("bob", 7));
        var refused = await bank.PrepareAsync(bank.NewTransaction(), Credit("bob", 1), Debit(account, cents));
        Assert.Equal(Vote.No, refused.Vote);
        Assert.StartsWith(reason, refused.Reason, StringComparison.Ordinal);
        Assert.Equal(Vote.Yes, (await bank.PrepareAsync(bank.NewTransaction(), Credit("bob", 1), Debit("alice", 1))).Vote);
    }

    [Fact]
    public async Task What_somebody_rolled_back_in_the_database_is_no_commit()
    {
        var database = await DatabaseAsync();
        await using var bank = await RunningBank.StartAsync(database.ConnectionString, new Opening("alice", 100));
        var transfer = bank.NewTransaction();
        await bank.PrepareAsync(transfer, Debit("alice", 60));
        await database.ExecuteAsync($"ROLLBACK PREPARED '{transfer}/1'");
        Assert.Equal(410, await bank.CommitAsync(transfer));
    }

    [Fact]
    public async Task An_account_is_opened_once()
    {
        await using var bank = await StartAsync(new Opening("alice", 100));
        Assert.Equal(409, await bank.OpenAsync(new Opening("bob", 1), new Opening("alice", 1)));
        Assert.DoesNotContain("bob", await bank.AccountsAsync());
    }

    /// <summary>The sample as a person runs it; PostgreSQL is killed, too.</summary>
    [Fact]
    public async Task The_whole_run_keeps_every_cent_when_everything_is_killed()
    {
        if (ServerPrograms.Postgres("postgres") is null)
        {
            throw NotRun.Because("PostgreSQL is not installed");
        }

        await using var sample = await Child.StartAsync(TextWriter.Null, Programs.Beside("Bank.dll", "--store", "postgres", "--transfers", "600", "--kills", "1", "--concurrency", "16"));
        var exitCode = await Until.EndsAsync("the sample", sample.Exited, TimeSpan.FromMinutes(5));
        Assert.True(exitCode == 0, $"it ended with {exitCode} and said\n{sample.Output}");
        Assert.Contains("killed postgresql", sample.Output, StringComparison.Ordinal);
        Assert.Contains("ok     nothing is left prepared in PostgreSQL", sample.Output, StringComparison.Ordinal);
    }

    private async Task<RunningBank> StartAsync(params Opening[] accounts) => await RunningBank.StartAsync((await DatabaseAsync()).ConnectionString, accounts);

    private async Task<TestDatabase> DatabaseAsync() => await (await servers.PostgresAsync()).CreateDatabaseAsync();

    private static async Task<(long Alice, long Bob)> BalancesAsync(RunningBank bank)
    {
        var accounts = await bank.AccountsAsync();
        return (accounts["alice"].Available, accounts["bob"].Available);
    }

    private static Posting Debit(string account, long cents) => new(PostingKind.Debit, account, cents);

    private static Posting Credit(string account, long cents) => new(PostingKind.Credit, account, cents);
}
