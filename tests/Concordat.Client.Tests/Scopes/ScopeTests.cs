using System.Collections.Concurrent;
using System.Transactions;

namespace Concordat.Client.Tests.Scopes;

/// <summary>What a scope is and does when nothing fails, with the real coordinator; volatile enlistments play the drivers.</summary>
public sealed class ScopeTests(InProcessCoordinator coordinator) : IClassFixture<InProcessCoordinator>
{
    [Fact]
    public async Task A_scope_is_joined_before_anything_opens_in_it()
    {
        await using var rig = new ScopeRig(coordinator);
        using var scope = rig.Client.CreateScope();
        Assert.Equal(scope.Id!.Value.ToGuid(), Transaction.Current!.TransactionInformation.DistributedIdentifier);
        Assert.Equal(IsolationLevel.ReadCommitted, Transaction.Current.IsolationLevel);
        Assert.Equal(TransactionState.Active, rig.Look(scope).State);
    }

    [Fact]
    public async Task Every_driver_prepares_under_the_coordinators_id_then_it_is_decided_then_every_driver_commits()
    {
        await using var rig = new ScopeRig(coordinator);
        var heard = new ConcurrentQueue<string>();
        FakeDriver orders, billing;
        TransactionId id;
        using (var scope = rig.Client.CreateScope())
        {
            orders = FakeDriver.Open("orders", heard);
            billing = FakeDriver.Open("billing", heard);
            rig.Wire.Do(ScopeRig.Commit, (send, _) =>
            {
                heard.Enqueue("decision");
                return send();
            });
            scope.Complete();
            Assert.Empty(heard);
            id = scope.Id!.Value;
        }

        Assert.Equal(["orders prepare", "billing prepare", "decision", "orders commit", "billing commit"], heard);
        Assert.Equal(($"{id}/orders", $"{id}/billing"), (orders.Prepared, billing.Prepared));
    }

    [Fact]
    public async Task I6_the_decision_is_durable_before_any_driver_hears_of_it()
    {
        await using var rig = new ScopeRig(coordinator);
        Outcome? then = null;
        using (var scope = rig.Client.CreateScope())
        {
            FakeDriver.Open(onCommit: () => then = rig.Look(scope).Outcome);
            scope.Complete();
        }

        Assert.Equal(Outcome.Committed, then);
    }

    [Fact]
    public async Task Each_resource_of_the_scope_votes_yes_and_the_transaction_ends_when_sweeps_of_all_show_nothing()
    {
        await using var rig = new ScopeRig(coordinator);
        var id = CommitOne(rig, new ScopeOptions { Name = "order", Labels = new Dictionary<string, string> { ["order"] = "42" } });
        var document = await rig.LookAsync(id);
        Assert.Equal(("order", "42", TransactionState.Committing), (document.Name, document.Labels["order"], document.State));
        Assert.Equal([("scope.1", rig.Billing, (Vote?)Vote.Yes), ("scope.2", rig.Orders, Vote.Yes)], document.Branches.Select(b => (b.Id, b.Participant, b.Vote)));

        foreach (var resource in (string[])[rig.Orders, rig.Billing])
        {
            var sweep = await rig.PostAsync($"/v1/resources/{resource}/sweeps", new { identity = $"pg:1/{resource}" });
            Assert.Equal(0, sweep.GetProperty("awaiting").GetArrayLength());
            var listed = await rig.PostAsync($"/v1/resources/{resource}/sweeps/{sweep.GetProperty("ticket").GetString()}", new { prepared = Array.Empty<string>() });
            Assert.Equal(1, listed.GetProperty("done").GetInt32());
        }

        Assert.Equal(TransactionState.Committed, (await rig.LookAsync(id)).State);
    }

    [Fact]
    public async Task A_scope_may_name_the_resources_that_it_uses()
    {
        await using var rig = new ScopeRig(coordinator);
        var id = CommitOne(rig, new ScopeOptions { Resources = [rig.Orders] });
        Assert.Equal([rig.Orders], (await rig.LookAsync(id)).Branches.Select(b => b.Participant));
    }

    [Fact]
    public async Task A_scope_of_no_resources_is_decided_all_the_same()
    {
        await using var rig = new ScopeRig(coordinator, databases: false);
        var id = CommitOne(rig, new ScopeOptions { Resources = [] });
        Assert.Equal(TransactionState.Committed, (await rig.LookAsync(id)).State);
    }

    [Fact]
    public async Task The_scope_flows_with_async_calls()
    {
        await using var rig = new ScopeRig(coordinator);
        using var scope = rig.Client.CreateScope();
        await Task.Yield();
        await Task.Run(() => Assert.Equal(scope.Id!.Value.ToGuid(), Transaction.Current!.TransactionInformation.DistributedIdentifier));
        Assert.NotNull(Transaction.Current);
    }

    [Fact]
    public async Task Left_without_complete_it_is_rolled_back_at_the_coordinator_too()
    {
        await using var rig = new ScopeRig(coordinator);
        FakeDriver driver;
        ConcordatScope scope;
        using (scope = rig.Client.CreateScope())
        {
            driver = FakeDriver.Open();
        }

        Assert.Equal(["driver rollback"], driver.Heard);
        await rig.AbortsAsync(scope);
        Assert.Equal(AbortCode.ClientRollback, rig.Look(scope).Reason!.Code);
        Assert.Equal(0, rig.Wire.Count(ScopeRig.Commit));
    }

    [Fact]
    public async Task Left_by_an_exception_it_is_rolled_back_and_the_exception_is_what_is_seen()
    {
        await using var rig = new ScopeRig(coordinator);
        ConcordatScope? scope = null;
        void Work()
        {
            using (scope = rig.Client.CreateScope())
            {
                throw new InvalidOperationException("the business");
            }
        }

        Assert.Equal("the business", Assert.Throws<InvalidOperationException>(Work).Message);
        await rig.AbortsAsync(scope!);
    }

    [Fact]
    public async Task A_driver_that_cannot_prepare_aborts_it_everywhere_and_nothing_is_asked_to_commit()
    {
        await using var rig = new ScopeRig(coordinator);
        var heard = new ConcurrentQueue<string>();
        var scope = rig.Client.CreateScope();
        FakeDriver.Open("orders", heard);
        FakeDriver.Open("billing", heard, votesNo: true);
        scope.Complete();
        var aborted = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Equal("a unique constraint", aborted.InnerException!.Message);
        Assert.Contains("orders rollback", heard);
        Assert.DoesNotContain(heard, h => h.EndsWith(" commit", StringComparison.Ordinal));
        await rig.AbortsAsync(scope);
        Assert.Equal(0, rig.Wire.Count(ScopeRig.Commit));
    }

    [Fact]
    public async Task AC3_another_members_no_aborts_it_and_says_why()
    {
        await using var rig = new ScopeRig(coordinator);
        var scope = rig.Client.CreateScope();
        var driver = FakeDriver.Open();
        await rig.PostAsync($"/v1/transactions/{scope.Id}/branches", new { participant = rig.Orders, branchId = "theirs", vote = "no", reason = "insufficient funds" });
        scope.Complete();
        var aborted = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        var inner = Assert.IsType<TransactionRolledBackException>(aborted.InnerException);
        Assert.Equal((AbortCode.VoteNo, "insufficient funds"), (inner.Reason!.Code, inner.Reason.Message));
        Assert.Equal(["driver prepare", "driver rollback"], driver.Heard);
    }

    [Fact]
    public async Task A_service_that_is_called_with_the_scopes_id_brings_a_branch_of_its_own()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Client.CreateScope().Dispose();
        ConcordatScope scope;
        using (scope = rig.Client.CreateScope(new ScopeOptions { Resources = [rig.Orders] }))
        {
            await rig.PostAsync($"/v1/transactions/{scope.Id}/branches", new { participant = rig.Billing, branchId = "1", vote = "yes", evidence = "7" });
            scope.Complete();
        }

        Assert.Equal([rig.Billing, rig.Orders], rig.Look(scope).Branches.Select(b => b.Participant).Order());
    }

    [Fact]
    public async Task Many_scopes_at_once_are_many_transactions()
    {
        await using var rig = new ScopeRig(coordinator);
        var ids = new ConcurrentBag<TransactionId>();
        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => ScopeRig.OnAThreadAsync(() => ids.Add(CommitOne(rig)))));
        Assert.Equal(32, ids.Distinct().Count());
        foreach (var id in ids)
        {
            Assert.Equal(Outcome.Committed, (await rig.LookAsync(id)).Outcome);
        }
    }

    [Fact]
    public async Task A_scope_costs_two_calls_and_one_that_is_suppressed_none()
    {
        await using var rig = new ScopeRig(coordinator);
        CommitOne(rig);
        rig.Wire.Seen.Clear();
        var id = CommitOne(rig);
        Assert.Equal([ScopeRig.Begin, $"POST /v1/transactions/{id}/commit"], rig.Wire.Lines);

        rig.Wire.Seen.Clear();
        using (var suppressed = rig.Client.CreateScope(TransactionScopeOption.Suppress))
        {
            suppressed.Complete();
        }

        Assert.Empty(rig.Wire.Lines);
    }

    private static TransactionId CommitOne(ScopeRig rig, ScopeOptions? options = null)
    {
        using var scope = rig.Client.CreateScope(options);
        var driver = FakeDriver.Open();
        scope.Complete();
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        return scope.Id!.Value;
    }
}
