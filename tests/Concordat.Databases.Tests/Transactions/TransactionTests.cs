using Concordat.Client;

namespace Concordat.Databases.Tests.Transactions;

/// <summary>Transactions over real databases, with connections that the SDK owns, through the real coordinator.</summary>
public sealed class TransactionTests(SharedServers servers)
{
    private const string Add = "UPDATE t SET v = v + 1 WHERE id = 1";
    private static readonly string[] Databases = ["orders", "billing", "stock"];

    [Fact]
    public async Task Three_databases_of_two_kinds_commit_together_and_nothing_is_left_for_a_sweep()
    {
        await using var rig = await StartAsync(sweeping: false);
        await using var transaction = await rig.Client.BeginAsync();
        foreach (var name in Databases)
        {
            await (await transaction.OpenAsync(name)).ExecuteAsync(Add);
        }

        Assert.Same(await transaction.OpenAsync("orders"), await transaction.OpenAsync("orders"));
        Assert.Equal((0, 0, 0), await rig.ValuesAsync());
        await transaction.CommitAsync();
        Assert.Equal((1, 1, 1), await rig.ValuesAsync());
        Assert.Equal(TransactionState.Committed, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30))).State);
        Assert.Equal(0, await rig.PreparedAsync());
    }

    [Fact]
    public async Task Leaving_without_a_commit_undoes_the_work_everywhere()
    {
        await using var rig = await StartAsync(sweeping: false);
        await using (var transaction = await rig.Client.BeginAsync())
        {
            foreach (var name in Databases)
            {
                await (await transaction.OpenAsync(name)).ExecuteAsync(Add);
            }
        }

        Assert.Equal((0, 0, 0), await rig.ValuesAsync());
        Assert.Equal(0, await rig.PreparedAsync());
    }

    [Fact]
    public async Task What_a_database_refuses_when_it_is_prepared_undoes_the_work_everywhere_and_says_why()
    {
        await using var rig = await StartAsync(sweeping: false);
        await rig["billing"].ExecuteAsync("CREATE TABLE u (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO u VALUES (1)");
        await using var transaction = await rig.Client.BeginAsync();
        foreach (var name in Databases)
        {
            await (await transaction.OpenAsync(name)).ExecuteAsync(Add);
        }

        await (await transaction.OpenAsync("billing")).ExecuteAsync("INSERT INTO u VALUES (1)");
        var refused = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync());
        Assert.Equal(("billing", "23505"), (refused.Reason!.Participant, Assert.IsType<BranchNotPreparedException>(refused.InnerException).Code));
        Assert.Equal((0, 0, 0), await rig.ValuesAsync());
        Assert.Equal(0, await rig.PreparedAsync());
    }

    [Fact]
    public async Task A_branch_that_only_read_has_no_second_phase_where_the_database_can_tell()
    {
        await using var rig = await StartAsync(sweeping: false);
        await using var transaction = await rig.Client.BeginAsync();
        await (await transaction.OpenAsync("orders")).ExecuteAsync(Add);
        await (await transaction.OpenAsync("billing")).ScalarAsync<int>("SELECT v FROM t");
        var document = await transaction.CommitAsync();
        Assert.Equal(
            [("orders", Vote.Yes), ("billing", Vote.ReadOnly)],
            document.Branches.Select(b => (b.Participant, b.Vote!.Value)));
        Assert.Equal((1, 0), (await rig.ValueAsync("orders"), await rig.ValueAsync("billing")));
    }

    [Fact]
    public async Task A_process_that_dies_after_it_prepared_and_before_it_asked_leaves_what_the_deadline_and_a_sweep_undo()
    {
        await using var rig = await StartAsync(sweeping: false);
        var transaction = await rig.Client.BeginAsync(new BeginOptions { Timeout = TimeSpan.FromMilliseconds(500) });
        await PrepareAndDieAsync(rig, transaction.Id);
        Assert.Equal(3, await rig.PreparedAsync());
        await rig.StartSweepingAsync();
        await Until.TrueAsync("the sweep has rolled all back", async () => await rig.PreparedAsync() == 0);
        Assert.Equal((0, 0, 0), await rig.ValuesAsync());
    }

    [Fact]
    public async Task A_process_that_dies_after_the_decision_leaves_what_a_sweep_commits()
    {
        await using var rig = await StartAsync(sweeping: false);
        var transaction = await rig.Client.BeginAsync();
        var votes = await PrepareAndDieAsync(rig, transaction.Id);
        using var http = new HttpClient { BaseAddress = rig.Address };
        using var answer = await http.PostAsync(
            $"/v1/transactions/{transaction.Id}/commit",
            new StringContent($$"""{"branches":[{{string.Join(',', votes)}}]}""", System.Text.Encoding.UTF8, "application/json"));
        Assert.Contains("\"outcome\":\"committed\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), await rig.ValuesAsync());
        await rig.StartSweepingAsync();
        Assert.Equal(TransactionState.Committed, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30))).State);
        Assert.Equal((1, 1, 1), await rig.ValuesAsync());
        Assert.Equal(0, await rig.PreparedAsync());
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("stock")]
    public async Task A_branch_that_somebody_rolled_back_by_hand_against_the_decision_is_a_hazard(string resource)
    {
        await using var rig = await StartAsync(sweeping: false);
        var transaction = await rig.Client.BeginAsync();
        var votes = await PrepareAndDieAsync(rig, transaction.Id);
        using var http = new HttpClient { BaseAddress = rig.Address };
        using var answer = await http.PostAsync(
            $"/v1/transactions/{transaction.Id}/commit",
            new StringContent($$"""{"branches":[{{string.Join(',', votes)}}]}""", System.Text.Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
        var prepared = Assert.Single(await rig.Resource(resource).ListPreparedAsync(CancellationToken.None));
        await rig.Resource(resource).FinishAsync(prepared.Name, Outcome.Aborted, CancellationToken.None);
        await rig.StartSweepingAsync();
        await Until.TrueAsync("the hazard is shown", async () =>
            (await rig.Client.GetAsync(transaction.Id)).Branches.Any(b => b.Participant == resource && b.State == BranchState.Hazard));
        await Until.TrueAsync("the others are committed", async () =>
            (await rig.Client.GetAsync(transaction.Id)).Branches.Count(b => b.State == BranchState.Committed) == 2);
    }

    /// <summary>Else the report that follows a commit would hide it.</summary>
    [Theory]
    [InlineData("orders")]
    [InlineData("stock")]
    public async Task A_commit_that_does_not_find_its_branch_any_more_is_none_unless_the_database_says_so(string resource)
    {
        await using var rig = await StartAsync(sweeping: false);
        foreach (var byHand in (Outcome[])[Outcome.Aborted, Outcome.Committed])
        {
            await using var branch = await rig.Resource(resource).OpenAsync((await rig.Client.BeginAsync()).Id, System.Data.IsolationLevel.Unspecified, CancellationToken.None);
            await branch.Connection.ExecuteAsync(Add);
            Assert.Equal(Vote.Yes, (await branch.PrepareAsync(CancellationToken.None)).Vote);
            var prepared = Assert.Single(await rig.Resource(resource).ListPreparedAsync(CancellationToken.None));
            await rig.Resource(resource).FinishAsync(prepared.Name, byHand, CancellationToken.None);
            var failure = await Record.ExceptionAsync(() => branch.FinishAsync(Outcome.Committed, CancellationToken.None));
            Assert.Equal(byHand == Outcome.Aborted, failure is not null);
        }
    }

    [Fact]
    public async Task A_database_that_was_not_added_is_named()
    {
        await using var rig = await StartAsync(sweeping: false);
        await using var transaction = await rig.Client.BeginAsync();
        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => transaction.OpenAsync("nowhere"));
        Assert.Contains("'nowhere'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_would_lose_branches_is_refused_before_anything_is_begun()
    {
        await using var server = await PostgresServer.StartAsync("max_prepared_transactions=0");
        var database = await server.CreateDatabaseAsync();
        await using var source = database.Source;
        var refused = await Assert.ThrowsAsync<DatabaseNotUsableException>(
            () => new DatabaseResource("orders", source, Dialect.Postgres).IdentifyAsync(CancellationToken.None));
        Assert.Contains("max_prepared_transactions", Assert.Single(refused.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_is_the_databases_own_and_stays()
    {
        await using var rig = await StartAsync(sweeping: false);
        var identities = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in Databases)
        {
            var identity = await rig.Resource(name).IdentifyAsync(CancellationToken.None);
            Assert.Equal(identity, await rig.Resource(name).IdentifyAsync(CancellationToken.None));
            Assert.True(identities.Add(identity), identity);
            Assert.False(identity.AsSpan().ContainsAnyExceptInRange('!', '~'), identity);
        }
    }

    private async Task<TransactionRig> StartAsync(bool sweeping)
    {
        var rig = await TransactionRig.StartAsync(servers, sweeping);
        await rig.RegisterAsync();
        return rig;
    }

    /// <summary>On every database a branch is prepared, and its connection closed without a word.</summary>
    /// <returns>Their votes, as a commit would have them.</returns>
    private static async Task<List<string>> PrepareAndDieAsync(TransactionRig rig, TransactionId transaction)
    {
        var votes = new List<string>();
        foreach (var name in Databases)
        {
            await using var branch = await rig.Resource(name).OpenAsync(transaction, System.Data.IsolationLevel.Unspecified, CancellationToken.None);
            await branch.Connection.ExecuteAsync(Add);
            var vote = await branch.PrepareAsync(CancellationToken.None);
            votes.Add($$"""{"participant":"{{name}}","branchId":"{{branch.BranchId}}","vote":"yes","evidence":"{{vote.Evidence}}"}""");
        }

        return votes;
    }
}
