using System.Net;
using System.Text.Json.Nodes;
using Concordat.Client;
using Concordat.EndToEnd.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.EndToEnd.Tests;

/// <summary>Clients that go away, and clients that ask twice.</summary>
public sealed class ClientTests : EndToEndTest
{
    [Fact]
    public async Task A_client_that_disappears_in_the_middle_changes_nothing()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("quick", "slow");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;
        using var leave = new CancellationTokenSource();
        var client = world.Api.RunAsync(Transfer.Of(60, "quick", "slow"), key: null, leave.Token);
        await participants[0].IsAskedAsync(Verb.Prepare);
        await participants[1].IsAskedAsync(Verb.Prepare);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client);
        gate.Open();

        var id = participants[0].Transaction;
        await world.Api.EndsAsync(id, "committed");
        Assert.All(participants, p => Assert.True(p.HasCommitted(id), $"{p.Name} has not committed"));
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_client_that_disappears_before_it_commits_leaves_an_abort()
    {
        var world = await StartWorldAsync();
        var left = (await world.ScriptAsync("left"))[0];
        var begun = await world.Api.BeginAsync(timeoutSeconds: 2);
        Assert.Equal(HttpStatusCode.Created, begun.Status);
        var branch = await world.Api.PostAsync(begun.Id, "branches", new() { ["participant"] = "left", ["operations"] = new JsonArray() });
        Assert.Equal(HttpStatusCode.Created, branch.Status);

        var ended = await world.Api.EndsAsync(begun.Id, "aborted");

        Assert.Equal("timeout", ended.ReasonCode);
        Assert.Equal(0, left.Count(Verb.Prepare));
        Assert.True(left.HasRolledBack(begun.Id), "work may be open at an enlisted branch, so it is rolled back");
        await world.AuditAsync();
    }

    [Fact]
    public async Task The_same_key_twice_at_once_is_one_transaction()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("a", "b");
        var gate = new Gate();
        participants[1].OnPrepare = gate.HoldAsync;
        var clients = Enumerable.Range(0, 5).Select(_ => world.Api.RunAsync(Transfer.Of(60, "a", "b"), "order-42")).ToArray();
        await participants[1].IsAskedAsync(Verb.Prepare);
        gate.Open();

        var answers = await Until.EndsAsync("all requests", Task.WhenAll(clients));

        Assert.All(answers, a => a.IsOutcome("committed"));
        Assert.Single(answers.Select(a => a.Id).Distinct());
        await world.Api.EndsAsync(answers[0].Id, "committed");
        Assert.All(participants, p => Assert.Equal(answers[0].Id, p.Transaction));
        await world.AuditAsync();
    }

    [Fact]
    public async Task The_same_key_after_a_restart_is_the_same_transaction_and_another_body_is_refused()
    {
        var world = await StartWorldAsync();
        var participants = await world.ScriptAsync("a", "b");
        var first = await world.Api.RunAsync(Transfer.Of("a", "b"), "order-42");
        first.IsOutcome("committed");

        await world.Coordinator.RestartAsync();

        var second = await world.Api.RunAsync(Transfer.Of("a", "b"), "order-42");
        second.IsOutcome("committed");
        Assert.Equal(first.Id, second.Id);
        var other = await world.Api.RunAsync(Transfer.Of("a"), "order-42");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/problems/idempotency-key-reused"), (other.Status, other.Problem));
        await world.Api.EndsAsync(first.Id, "committed");
        Assert.All(participants, p => Assert.Equal(first.Id, p.Transaction));
        await world.AuditAsync();
    }

    [Fact]
    public async Task The_key_of_a_transaction_that_a_restart_aborted_stays_aborted()
    {
        var world = await StartWorldAsync();
        var slow = (await world.ScriptAsync("a", "slow"))[1];
        var gate = new Gate();
        slow.OnPrepare = gate.HoldAsync;
        var first = world.Api.RunAsync(Transfer.Of(60, "a", "slow"), "order-42");
        await slow.IsAskedAsync(Verb.Prepare);
        await world.Coordinator.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => first);
        gate.Open();

        await world.Coordinator.StartAsync();

        var second = await world.Api.RunAsync(Transfer.Of(60, "a", "slow"), "order-42");
        second.IsOutcome("aborted");
        Assert.Equal((slow.Transaction, "recovery"), (second.Id, second.ReasonCode));
        await world.Coordinator.RestartAsync();
        var third = await world.Api.RunAsync(Transfer.Of(60, "a", "slow"), "order-42");
        third.IsOutcome("aborted");
        Assert.Equal(second.Id, third.Id);
        Assert.Equal(0, slow.Committed);
        await world.AuditAsync();
    }

    [Fact]
    public async Task A_client_of_the_SDK_that_waits_through_a_kill_and_a_restart_is_told_the_outcome()
    {
        var world = await StartWorldAsync();
        var slow = (await world.ScriptAsync("a", "slow"))[1];
        var gate = new Gate();
        slow.OnPrepare = gate.HoldAsync;
        var services = new ServiceCollection();
        services.AddConcordatClient(options => options.Address = world.Address);
        await using var provider = services.BuildServiceProvider();
        var transfer = new TransactionBuilder("transfer")
            .WithTimeout(TimeSpan.FromSeconds(60))
            .WithBranch("a", Operations.Of("add", "sum"))
            .WithBranch("slow", Operations.Of("add", "sum"))
            .Build();
        var client = provider.GetRequiredService<IConcordatClient>().TryRunAsync(transfer);
        await slow.IsAskedAsync(Verb.Prepare);

        await world.Coordinator.RestartAsync();

        var document = await Until.EndsAsync("the SDK's call", client);
        Assert.Equal(Outcome.Aborted, document.Outcome);
        Assert.Equal(slow.Transaction, document.Id.ToString());
        gate.Open();
        await world.Api.EndsAsync(slow.Transaction, "aborted");
        Assert.Equal(0, slow.Committed);
        await world.AuditAsync();
    }
}
