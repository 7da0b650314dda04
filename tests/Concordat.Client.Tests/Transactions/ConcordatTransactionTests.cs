using System.Net;

namespace Concordat.Client.Tests.Transactions;

public sealed class ConcordatTransactionTests
{
    private const string Active = "active";
    private const string Branch = """{"id": "1", "participant": "bank-a", "state": "enlisted"}""";

    private static async Task<(ClientRig Rig, ConcordatTransaction Transaction)> BegunAsync(Action<ConcordatClientOptions>? with = null)
    {
        var rig = new ClientRig(with);
        rig.Coordinator.Answer(HttpStatusCode.Created, ClientRig.Document(Active, null));
        return (rig, await rig.Client.BeginAsync(new BeginOptions { Name = "transfer", Timeout = TimeSpan.FromSeconds(5) }));
    }

    [Fact]
    public async Task Begin_enlist_commit()
    {
        var (rig, transaction) = await BegunAsync();
        using var _ = rig;
        await using (transaction)
        {
            rig.Coordinator.LoseTheAnswer().Answer(HttpStatusCode.Created, Branch).Answer(HttpStatusCode.OK, ClientRig.Committed);
            await transaction.EnlistAsync("bank-a", Operations.Of("debit", "alice", new { amount = 1 }));
            Assert.Equal(Outcome.Committed, (await transaction.CommitAsync()).Outcome);
        }

        Assert.Equal(
            ["/base/v1/transactions", $"/base/v1/transactions/{ClientRig.Id}/branches", $"/base/v1/transactions/{ClientRig.Id}/branches", $"/base/v1/transactions/{ClientRig.Id}/commit"],
            rig.Seen.Select(r => r.Line["POST ".Length..]));
        Assert.Contains("\"branchId\":\"", rig.Seen[1].Body);
        Assert.Equal(rig.Seen[1].Body, rig.Seen[2].Body);
    }

    /// <summary>A key would cost a forced record; what an answer that was lost began, its deadline ends.</summary>
    [Fact]
    public async Task A_begin_has_no_key_and_is_repeated_all_the_same_when_its_answer_is_lost()
    {
        using var rig = new ClientRig();
        rig.Coordinator.LoseTheAnswer().Answer(HttpStatusCode.Created, ClientRig.Document(Active, null));
        Assert.Equal(ClientRig.Id, (await rig.Client.BeginAsync()).Id.ToString());
        Assert.Equal([null, null], rig.Seen.Select(r => r.Key));
    }

    [Fact]
    public async Task Leaving_without_a_commit_rolls_back()
    {
        var (rig, transaction) = await BegunAsync();
        using var _ = rig;
        rig.Coordinator.Answer(HttpStatusCode.OK, ClientRig.Document("aborting", "aborted"));
        await transaction.DisposeAsync();
        await transaction.DisposeAsync();
        Assert.Equal($"POST /base/v1/transactions/{ClientRig.Id}/rollback", Assert.Single(rig.Seen.Skip(1)).Line);
    }

    [Fact]
    public async Task Leaving_never_throws_and_never_hangs()
    {
        var (rig, transaction) = await BegunAsync(o => o.DisposeTimeout = TimeSpan.FromMilliseconds(50));
        using var _ = rig;
        rig.Coordinator.Hang();
        await transaction.DisposeAsync();
        Assert.Equal(2, rig.Seen.Length);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_not_rolled_back_by_leaving()
    {
        var (rig, transaction) = await BegunAsync(o => o.RetryBudget = TimeSpan.Zero);
        using var _ = rig;
        rig.Coordinator.LoseTheAnswer();
        var e = await Assert.ThrowsAsync<OutcomeNotKnownException>(() => transaction.CommitAsync());
        Assert.Equal(transaction.Id, e.TransactionId);
        await transaction.DisposeAsync();
        Assert.Equal(2, rig.Seen.Length);
    }

    [Fact]
    public async Task A_commit_that_was_never_sent_is_rolled_back_by_leaving()
    {
        var (rig, transaction) = await BegunAsync(o => o.RetryBudget = TimeSpan.Zero);
        using var _ = rig;
        rig.Coordinator.RefuseTheConnection();
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => transaction.CommitAsync());
        rig.Coordinator.Answer(HttpStatusCode.OK, ClientRig.Document("aborting", "aborted"));
        await transaction.DisposeAsync();
        Assert.EndsWith("/rollback", rig.Seen[^1].Line);
    }

    [Fact]
    public async Task An_aborted_transaction_cannot_be_committed()
    {
        var (rig, transaction) = await BegunAsync();
        using var _ = rig;
        rig.Coordinator.Problem(HttpStatusCode.Conflict, "/problems/already-aborted");
        var e = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync());
        Assert.Equal(transaction.Id, e.TransactionId);
    }

    [Fact]
    public async Task A_commit_that_led_to_an_abort_says_why()
    {
        var (rig, transaction) = await BegunAsync();
        using var _ = rig;
        rig.Coordinator.Answer(HttpStatusCode.OK, ClientRig.Aborted);
        var e = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync());
        Assert.Equal(AbortCode.VoteNo, e.Reason!.Code);
    }

    [Fact]
    public async Task A_committed_transaction_refuses_a_rollback()
    {
        var (rig, transaction) = await BegunAsync();
        using var _ = rig;
        rig.Coordinator.Problem(HttpStatusCode.Conflict, "/problems/already-committed");
        var e = await Assert.ThrowsAsync<RequestRefusedException>(() => transaction.RollbackAsync());
        Assert.Equal("/problems/already-committed", e.Type);
    }

    [Fact]
    public async Task A_joined_transaction_is_the_others_to_end()
    {
        using var rig = new ClientRig();
        await using (rig.Client.Join(TransactionId.Parse(ClientRig.Id)))
        {
        }

        Assert.Empty(rig.Seen);
    }
}
