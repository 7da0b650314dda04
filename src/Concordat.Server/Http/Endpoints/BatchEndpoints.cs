using System.Diagnostics;
using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Begins and commits of several transactions in one call, for clients with much to do: a call costs more than what it asks for.</summary>
internal sealed class BatchEndpoints(HttpEdge edge)
{
    /// <summary>What is not answered by then, since it waits for services or for the others' votes, must not hold up the others.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const string Transactions = "transactions", CommitList = "commits";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(TransactionEndpoints.Path + "/begins", edge.Protected(Begins)).Describe(Begins, "Transactions", "beginTransactions",
            "Begin several transactions", "1 to 100, without branches. Answers are in their order; one that is refused does not touch the others.")
            .Takes<BeginsRequest>()
            .Gives<BatchDocument>(200).GivesProblems(400, 401, 413, 415);
        endpoints.MapPost(TransactionEndpoints.Path + "/commits", edge.Protected(Commits)).Describe(Commits, "Transactions", "commitTransactions",
            "Commit several transactions", "1 to 100, with the votes of their branches. Answers are in their order; one that is refused does not touch the others. 202: not decided within a second; commit it again, by itself.")
            .Takes<CommitsRequest>()
            .Gives<BatchDocument>(200).GivesProblems(400, 401, 413, 415);
    }

    private async Task Begins(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var items = BatchRequests.Parse(await RequestBody.ReadJson(http.Request), Transactions);
        var traceParent = TraceParent.Of(http.Request);
        await Answer(http, items, item =>
        {
            var spec = BatchRequests.ParseBegin(item, edge.Limits, traceParent);
            return edge.Ask(caller => new BeginInput(caller, BeginMode.Open, spec, Key: null));
        });
    }

    private async Task Commits(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var items = BatchRequests.Parse(await RequestBody.ReadJson(http.Request), CommitList);
        await Answer(http, items, item =>
        {
            var (id, branches) = BatchRequests.ParseCommit(item, edge.Limits);
            return edge.AskAndWait(caller => new CommitInput(caller, id, branches));
        });
    }

    /// <summary>All are asked before any is waited for, so that one forced write serves them.</summary>
    private static async Task Answer(HttpContext http, IReadOnlyList<ReadOnlyMemory<byte>> items, Func<ReadOnlyMemory<byte>, Task<Response>> ask)
    {
        var asked = new Task<Response>[items.Count];
        for (var i = 0; i < asked.Length; i++)
        {
            asked[i] = Ask(items[i], ask);
        }

        var since = Stopwatch.GetTimestamp();
        var answers = new (Response?, ProblemException?)[asked.Length];
        for (var i = 0; i < asked.Length; i++)
        {
            try
            {
                var left = Patience - Stopwatch.GetElapsedTime(since);
                answers[i] = (await asked[i].WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero), null);
            }
            catch (ProblemException e)
            {
                answers[i] = (null, e);
            }
            catch (TimeoutException)
            {
                // Whatever it still comes to is nobody's any more.
                _ = asked[i].ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }

        await BatchAnswers.Send(http, answers);
    }

    /// <summary>What is wrong with one item ends in its task, not here.</summary>
    private static async Task<Response> Ask(ReadOnlyMemory<byte> item, Func<ReadOnlyMemory<byte>, Task<Response>> ask) => await ask(item);
}
