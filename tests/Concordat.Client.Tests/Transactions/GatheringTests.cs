using System.Net;
using static Concordat.Client.Tests.Transactions.GatheredCalls;

namespace Concordat.Client.Tests.Transactions;

/// <summary>Commits that share a call end as each would by a call of its own, whatever becomes of the call.</summary>
public sealed class GatheringTests
{
    private static readonly HttpRequestException Lost = new(HttpRequestError.ResponseEnded, "The response ended prematurely.");
    private static readonly HttpRequestException NotSent = new(HttpRequestError.ConnectionError, "Connection refused");

    [Fact]
    public async Task What_comes_while_calls_are_under_way_shares_one()
    {
        using var calls = new GatheredCalls();
        var commits = await GatherAsync(calls, 3);
        Assert.All(await Task.WhenAll(commits), d => Assert.Equal(Outcome.Committed, d.Outcome));
        Assert.Equal("batches of (3), and 0 alone", calls.Made);

        // Seats were given back: one alone does not wait for anybody.
        await calls.CommitAsync();
        Assert.Equal("batches of (3), and 1 alone", calls.Made);
    }

    [Fact]
    public async Task Each_item_of_a_call_that_is_lost_is_repeated_by_itself()
    {
        using var calls = new GatheredCalls { OnBatch = _ => Task.FromException<HttpResponseMessage>(Lost) };
        Assert.All(await Task.WhenAll(await GatherAsync(calls, 3)), d => Assert.Equal(Outcome.Committed, d.Outcome));
        Assert.Equal("batches of (3), and 3 alone", calls.Made);
    }

    [Theory]
    [InlineData("lost", true)]
    [InlineData("nonsense", true)]
    [InlineData("too few answers", true)]
    [InlineData("another status", true)]
    [InlineData("not answered yet", true)]
    [InlineData("gateway timeout of an item", true)]
    [InlineData("not sent", false)]
    [InlineData("unknown call", false)]
    [InlineData("too large", false)]
    public async Task After_it_nobody_is_told_that_nothing_changed_where_something_may_have(string how, bool mayHaveHappened)
    {
        using var calls = new GatheredCalls(o => o.RetryBudget = TimeSpan.Zero) { OnSingle = () => Task.FromException<HttpResponseMessage>(NotSent) };
        calls.OnBatch = count => how switch
        {
            "lost" => Task.FromException<HttpResponseMessage>(Lost),
            "nonsense" => Json(HttpStatusCode.OK, "[1]"),
            "too few answers" => Answers(Committed),
            "another status" => Json(HttpStatusCode.Conflict, "{}"),
            "not answered yet" => Answers([.. Enumerable.Repeat("""{"status": 202}""", count)]),
            "gateway timeout of an item" => Answers([.. Enumerable.Repeat(Refused(504, "outcome-not-known"), count)]),
            "not sent" => Task.FromException<HttpResponseMessage>(NotSent),
            "unknown call" => Json(HttpStatusCode.MethodNotAllowed, "{}"),
            _ => Json(HttpStatusCode.RequestEntityTooLarge, "{}"),
        };
        foreach (var commit in await GatherAsync(calls, 2))
        {
            var thrown = await Assert.ThrowsAnyAsync<ConcordatException>(() => commit);
            Assert.Equal(mayHaveHappened ? typeof(OutcomeNotKnownException) : typeof(CoordinatorUnreachableException), thrown.GetType());
        }
    }

    [Fact]
    public async Task An_item_that_is_refused_does_not_touch_the_others()
    {
        using var calls = new GatheredCalls
        {
            OnBatch = _ => Answers(Committed, Refused(409, "log-behind"), Refused(503, "too-many-waiting", """, "retryAfterSeconds": 0"""), Refused(404, "unknown-transaction")),
        };
        var commits = await GatherAsync(calls, 4);
        Assert.Equal(Outcome.Committed, (await commits[0]).Outcome);
        Assert.Equal((409, "/problems/log-behind"), await RefusalAsync(commits[1]));
        Assert.Equal(Outcome.Committed, (await commits[2]).Outcome);
        Assert.Equal((404, "/problems/unknown-transaction"), await RefusalAsync(commits[3]));
        Assert.Equal(1, calls.Singles);
    }

    [Fact]
    public async Task An_older_coordinator_is_not_asked_again()
    {
        using var calls = new GatheredCalls { OnBatch = _ => Json(HttpStatusCode.MethodNotAllowed, "{}") };
        await Task.WhenAll(await GatherAsync(calls, 3));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => calls.CommitAsync()));
        Assert.Equal("batches of (3), and 13 alone", calls.Made);
    }

    [Fact]
    public async Task Who_is_cancelled_while_waiting_was_never_sent()
    {
        using var calls = new GatheredCalls();
        using var cancel = new CancellationTokenSource();
        await calls.TakeSeatsAsync();
        var (first, cancelled, third) = (calls.CommitAsync(), calls.CommitAsync(cancel.Token), calls.CommitAsync());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await calls.ReleaseAsync();
        await Task.WhenAll(first, third);
        Assert.Equal("batches of (2), and 0 alone", calls.Made);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Who_is_cancelled_on_the_way_leaves_the_others_their_answers(int which)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var calls = new GatheredCalls();
        calls.OnBatch = async count =>
        {
            await answer.Task;
            return await Answers([.. Enumerable.Repeat(Committed, count)]);
        };
        using var cancel = new CancellationTokenSource();
        await calls.TakeSeatsAsync();
        var commits = Enumerable.Range(0, 3).Select(i => calls.CommitAsync(i == which ? cancel.Token : default)).ToArray();
        await calls.ReleaseAsync();
        await Wait.UntilAsync(() => !calls.Batches.IsEmpty, "the batch is on its way");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commits[which]);
        answer.SetResult();
        Assert.All(await Task.WhenAll(commits.Where((_, i) => i != which)), d => Assert.Equal(Outcome.Committed, d.Outcome));
        await calls.CommitAsync();
    }

    [Fact]
    public async Task Calls_that_hang_hold_up_nobody()
    {
        using var calls = new GatheredCalls();
        calls.Client.GatherWait = TimeSpan.FromMilliseconds(1);
        await calls.TakeSeatsAsync();
        await Task.WhenAll(calls.CommitAsync(), calls.CommitAsync());
        Assert.Equal("batches of (), and 2 alone", calls.Made);
        await calls.ReleaseAsync();
    }

    [Fact]
    public async Task Where_it_is_switched_off_every_call_goes_by_itself()
    {
        using var calls = new GatheredCalls(o => o.GatherCalls = false);
        await calls.TakeSeatsAsync();
        await Task.WhenAll(calls.CommitAsync(), calls.CommitAsync());
        await calls.ReleaseAsync();
        Assert.Empty(calls.Batches);
    }

    private static async Task<Task<TransactionDocument>[]> GatherAsync(GatheredCalls calls, int count)
    {
        await calls.TakeSeatsAsync();
        var commits = Enumerable.Range(0, count).Select(_ => calls.CommitAsync()).ToArray();
        await calls.ReleaseAsync();
        return commits;
    }

    private static async Task<(int, string)> RefusalAsync(Task commit)
    {
        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => commit);
        return (refused.Status, refused.Type);
    }
}
