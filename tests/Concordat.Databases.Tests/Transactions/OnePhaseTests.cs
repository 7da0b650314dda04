using System.Data;
using System.Text;
using System.Text.Json;
using Concordat.Client;

namespace Concordat.Databases.Tests.Transactions;

/// <summary>One database in a transaction: its own commit is the decision.</summary>
public sealed class OnePhaseTests(SharedServers servers)
{
    private const string Add = "UPDATE t SET v = v + 1 WHERE id = 1";

    [Theory]
    [InlineData("orders")]
    [InlineData("stock")]
    public async Task One_database_commits_without_preparing_anything(string resource)
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await using var transaction = await rig.Client.BeginAsync();
        var connection = await transaction.OpenAsync(resource);
        await connection.ExecuteAsync(Add);
        await transaction.CommitAsync();
        Assert.Equal(1, await rig.ValueAsync(resource));
        var ended = await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30));
        Assert.Equal((TransactionState.Committed, BranchState.Committed), (ended.State, Assert.Single(ended.Branches).State));
        Assert.Equal(0, await rig.PreparedAsync());
    }

    [Fact]
    public async Task What_was_only_read_is_committed_at_once()
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await using var transaction = await rig.Client.BeginAsync();
        Assert.Equal(0, await (await transaction.OpenAsync("orders")).ScalarAsync<int>("SELECT v FROM t"));
        Assert.Equal(TransactionState.Committed, (await transaction.CommitAsync()).State);
    }

    [Fact]
    public async Task What_the_database_refuses_at_its_commit_is_rolled_back_and_says_why()
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await rig["orders"].ExecuteAsync("CREATE TABLE u (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO u VALUES (1)");
        await using var transaction = await rig.Client.BeginAsync();
        await (await transaction.OpenAsync("orders")).ExecuteAsync(Add + "; INSERT INTO u VALUES (1)");
        var refused = await Assert.ThrowsAsync<TransactionRolledBackException>(() => transaction.CommitAsync());
        Assert.Equal(("orders", "23505"), (refused.Reason!.Participant, Assert.IsType<BranchNotPreparedException>(refused.InnerException).Code));
        Assert.Equal(0, await rig.ValueAsync("orders"));
        Assert.Equal(Outcome.Aborted, (await rig.Client.WaitAsync(transaction.Id, TimeSpan.FromSeconds(30))).Outcome);
    }

    /// <summary>The client dies after it was told to go on: before its commit, or after it and before its report.</summary>
    [Theory]
    [InlineData("orders", false)]
    [InlineData("orders", true)]
    [InlineData("stock", false)]
    [InlineData("stock", true)]
    public async Task What_a_dead_client_left_open_or_unsaid_a_sweep_asks_the_database(string resource, bool committed)
    {
        await using var rig = await TransactionRig.StartAsync(servers, sweeping: false);
        await rig.RegisterAsync();
        var id = (await rig.Client.BeginAsync()).Id;
        await using (var branch = await rig.Resource(resource).OpenAsync(id, IsolationLevel.Unspecified, CancellationToken.None))
        {
            await branch.Connection.ExecuteAsync(Add);
            var offer = await branch.OfferOnePhaseAsync(CancellationToken.None);
            var told = await CommitAsync(rig, id, resource, branch.BranchId, offer.Evidence!);
            Assert.Equal((JsonValueKind.Null, "preparing"), (told.GetProperty("outcome").ValueKind, told.GetProperty("state").GetString()));
            if (committed)
            {
                Assert.Equal(Fate.Committed, (await branch.CommitOnePhaseAsync(CancellationToken.None)).Fate);
            }
            else
            {
                Assert.Null(await rig.Resource(resource).FateOfAsync(id, branch.BranchId, offer.Evidence!, CancellationToken.None));
            }
        }

        await rig.StartSweepingAsync();
        Assert.Equal(committed ? Outcome.Committed : Outcome.Aborted, (await rig.Client.WaitAsync(id, TimeSpan.FromSeconds(60))).Outcome);
        Assert.Equal(committed ? 1 : 0, await rig.ValueAsync(resource));
    }

    private static async Task<JsonElement> CommitAsync(TransactionRig rig, TransactionId id, string resource, string branchId, string evidence)
    {
        using var http = new HttpClient { BaseAddress = rig.Address };
        var body = $$"""{"branches":[{"participant":"{{resource}}","branchId":"{{branchId}}","onePhase":true,"evidence":"{{evidence}}"}]}""";
        using var answer = await http.PostAsync($"/v1/transactions/{id}/commit", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}
