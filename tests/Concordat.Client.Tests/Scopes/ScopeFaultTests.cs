using System.Net;
using System.Transactions;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Scopes;

/// <summary>What a scope makes of each answer that the coordinator can give to its commit, and of none: the rows of the table at ScopeDecision.</summary>
public sealed class ScopeFaultTests(InProcessCoordinator coordinator) : IClassFixture<InProcessCoordinator>
{
    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_asked_for_until_it_is_known_to_have_committed()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.LoseTheAnswer(ScopeRig.Commit).LoseTheAnswer(ScopeRig.Commit);
        var (scope, driver) = Complete(rig);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        var commits = rig.Wire.Seen.Where(s => s.Line.EndsWith(ScopeRig.Commit, StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, commits.Length);
        Assert.Single(commits.Select(c => c.Body).Distinct());
    }

    [Fact]
    public async Task A_begin_whose_answer_was_lost_is_begun_again()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.LoseTheAnswer(ScopeRig.Begin);
        var (scope, driver) = Complete(rig);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        Assert.Equal(2, rig.Wire.Count(ScopeRig.Begin));
    }

    [Fact]
    public async Task AC2_a_transaction_that_has_aborted_meanwhile_aborts_the_scope_and_says_why()
    {
        await using var rig = new ScopeRig(coordinator);
        var (scope, driver) = Complete(rig);
        await rig.PostAsync($"/v1/transactions/{scope.Id}/rollback", new { });
        var aborted = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Equal(AbortCode.ClientRollback, Assert.IsType<TransactionRolledBackException>(aborted.InnerException).Reason!.Code);
        Assert.Equal(["driver prepare", "driver rollback"], driver.Heard);
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "log-behind")]
    [InlineData(HttpStatusCode.NotFound, "unknown-transaction")]
    [InlineData(HttpStatusCode.Unauthorized, "unauthorized")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "participant-backlog")]
    [InlineData(HttpStatusCode.InternalServerError, "internal-error")]
    public async Task I12_an_answer_that_proves_no_outcome_is_none_and_the_scope_asks_on(HttpStatusCode status, string slug)
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.Problem(ScopeRig.Commit, status, slug, times: 2);
        var (scope, driver) = Complete(rig);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        Assert.Equal((3, 0), (rig.Wire.Count(ScopeRig.Commit), rig.Wire.Count(ScopeRig.Rollback)));
    }

    [Fact]
    public async Task What_no_coordinator_says_proves_nothing()
    {
        await using var rig = new ScopeRig(coordinator);
        var somebodyElses = Transactions.ClientRig.Aborted;
        rig.Wire.Answer(ScopeRig.Commit, HttpStatusCode.OK, "<html>login</html>", "text/html").Answer(ScopeRig.Commit, HttpStatusCode.OK, somebodyElses)
            .Answer(ScopeRig.Commit, HttpStatusCode.NotFound, "nobody here", "text/plain").Do(ScopeRig.Commit, (_, _) => throw new InvalidOperationException("a handler of the host's"));
        var (scope, driver) = Complete(rig);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        Assert.Equal(5, rig.Wire.Count(ScopeRig.Commit));
    }

    [Fact]
    public async Task A_refusal_that_repeating_does_not_heal_is_rolled_back_and_that_answer_is_the_outcome()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.Problem(ScopeRig.Commit, HttpStatusCode.Conflict, "wrong-kind");
        var (scope, driver) = Complete(rig);
        var aborted = Assert.Throws<TransactionAbortedException>(scope.Dispose);
        Assert.Equal("/problems/wrong-kind", Assert.IsType<RequestRefusedException>(aborted.InnerException).Type);
        Assert.Equal(["driver prepare", "driver rollback"], driver.Heard);
        Assert.Equal(Outcome.Aborted, rig.Look(scope).Outcome);
    }

    [Fact]
    public async Task AC1_a_refusal_after_a_lost_answer_is_no_abort_where_the_lost_commit_was_taken()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.LoseTheAnswer(ScopeRig.Commit).Problem(ScopeRig.Commit, HttpStatusCode.Conflict, "wrong-kind");
        var (scope, driver) = Complete(rig);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        Assert.Equal(1, rig.Wire.Count(ScopeRig.Rollback));
    }

    [Fact]
    public async Task A_refusal_whose_rollback_is_lost_too_asks_on()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.Problem(ScopeRig.Commit, HttpStatusCode.Conflict, "wrong-kind").RefuseTheConnection(ScopeRig.Rollback);
        var (scope, driver) = Complete(rig);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
    }

    [Fact]
    public async Task A_forgotten_outcome_is_the_one_end_without_one()
    {
        await using var rig = new ScopeRig(coordinator);
        rig.Wire.RefuseTheConnection(ScopeRig.Commit).Problem(ScopeRig.Commit, HttpStatusCode.Gone, "forgotten");
        var (scope, driver) = Complete(rig);
        var doubt = Assert.Throws<TransactionInDoubtException>(scope.Dispose);
        Assert.Equal(scope.Id, Assert.IsType<OutcomeNotKnownException>(doubt.InnerException).TransactionId);
        Assert.Equal(["driver prepare", "driver in doubt"], driver.Heard);
        Assert.Equal(0, rig.Client.WaitingScopes.Count);
    }

    [Fact]
    public async Task A_resource_is_registered_before_its_first_use_and_once()
    {
        await using var rig = new ScopeRig(coordinator);
        for (var i = 0; i < 3; i++)
        {
            Complete(rig).Scope.Dispose();
        }

        Assert.Equal([$"PUT /v1/resources/{rig.Billing}", $"PUT /v1/resources/{rig.Orders}", ScopeRig.Begin], rig.Wire.Lines.Take(3));
        Assert.Equal(2, rig.Wire.Lines.Count(line => line.StartsWith("PUT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_resource_that_the_coordinator_does_not_know_any_more_is_registered_again()
    {
        await using var rig = new ScopeRig(coordinator);
        var (scope, driver) = Complete(rig);
        await rig.RemoveAsync(rig.Orders);
        scope.Dispose();
        Assert.Equal(["driver prepare", "driver commit"], driver.Heard);
        Assert.Equal([rig.Billing, rig.Orders], rig.Look(scope).Branches.Select(b => b.Participant));
    }

    [Fact]
    public async Task A_resource_that_is_another_database_at_the_coordinator_refuses_the_scope_before_it_begins()
    {
        await using var rig = new ScopeRig(coordinator);
        Complete(rig).Scope.Dispose();
        await using var other = new ScopeRig(coordinator, databases: false, add: builder => builder.AddResource(rig.Orders, "pg:2/moved"));
        var refused = Assert.Throws<RequestRefusedException>(() => other.Client.CreateScope());
        Assert.Equal("/problems/other-database", refused.Type);
        Assert.Equal(0, other.Wire.Count(ScopeRig.Begin));
        Assert.Null(Transaction.Current);
    }

    [Fact]
    public async Task A_client_without_databases_makes_no_scope_and_says_what_is_missing()
    {
        await using var rig = new ScopeRig(coordinator, databases: false);
        Assert.Contains("AddResource", Assert.Throws<InvalidOperationException>(() => rig.Client.CreateScope()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => rig.Client.CreateScope(new ScopeOptions { Resources = ["orders"] }));
        Assert.Empty(rig.Wire.Lines);
    }

    [Theory]
    [InlineData("or ders", "pg:1/orders")]
    [InlineData("orders", "")]
    [InlineData("orders", "pg:1 orders")]
    public async Task A_name_or_an_identity_of_another_form_is_an_error_at_the_start(string name, string identity)
    {
        await using var rig = new ScopeRig(coordinator, databases: false, add: builder => Assert.Throws<ArgumentException>(() => builder.AddResource(name, identity)));
    }

    [Fact]
    public async Task Two_resources_of_one_name_are_an_error_at_the_start()
    {
        await using var rig = new ScopeRig(coordinator, databases: false, add: builder =>
            Assert.Throws<ArgumentException>(() => builder.AddResource("orders", "pg:1/orders").AddResource("orders", "pg:1/orders")));
    }

    [Fact]
    public async Task Cancelling_a_begin_leaves_no_ambient_transaction()
    {
        await using var rig = new ScopeRig(coordinator);
        using var cancellation = new CancellationTokenSource();
        rig.Wire.Hang(ScopeRig.Begin);
        var begin = ScopeRig.OnAThreadAsync(() =>
        {
            Assert.ThrowsAny<OperationCanceledException>(() => rig.Client.CreateScope(cancellationToken: cancellation.Token));
            Assert.Null(Transaction.Current);
        });
        await Wait.UntilAsync(() => rig.Wire.Count(ScopeRig.Begin) == 1, "the begin is sent");
        await cancellation.CancelAsync();
        await begin;
    }

    [Fact]
    public async Task A_coordinator_that_cannot_be_reached_is_a_transient_error_of_the_begin()
    {
        await using var rig = new ScopeRig(coordinator, o => o.ScopeWaitLimit = TimeSpan.Zero);
        Complete(rig).Scope.Dispose();
        rig.Wire.RefuseTheConnection(ScopeRig.Begin);
        Assert.True(Assert.Throws<CoordinatorUnreachableException>(() => rig.Client.CreateScope()).IsTransient);
        Assert.Null(Transaction.Current);
    }

    [Fact]
    public async Task A_handler_that_only_sends_asynchronously_is_passed_by()
    {
        var handler = new AsynchronousOnly();
        await using var rig = new ScopeRig(coordinator, add: builder => builder.Http.AddHttpMessageHandler(() => handler));
        Complete(rig).Scope.Dispose();
        Assert.Equal(0, handler.Calls);
        await rig.Client.ListParticipantsAsync();
        Assert.Equal(1, handler.Calls);
    }

    private sealed class AsynchronousOnly : DelegatingHandler
    {
        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            return base.SendAsync(request, cancellationToken);
        }
    }

    private static (ConcordatScope Scope, FakeDriver Driver) Complete(ScopeRig rig)
    {
        var scope = rig.Client.CreateScope();
        var driver = FakeDriver.Open();
        scope.Complete();
        return (scope, driver);
    }
}
