using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Lock keys for a transaction; see who holds and who awaits what.</summary>
internal sealed class LockEndpoints(HttpEdge edge)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(TransactionEndpoints.Path + "/{id}/locks", edge.Protected(Lock)).Describe(Lock, "Locks", "lockKeys",
            "Lock one key, or several, for a transaction",
            "All or none, until the transaction has ended. Waits at most waitSeconds. The youngest of a deadlock aborts: a problem `deadlock` that names the cycle.")
            .Takes<LocksRequest>()
            .Gives<LockAnswer>(200).GivesProblems(400, 401, 404, 409, 410, 413, 415, 503);
        endpoints.MapGet("/v1/locks", edge.Protected(List)).Describe(List, "Locks", "listLocks",
            "Who holds and who awaits what", "A page may hold fewer items than its limit and still have a cursor.")
            .TakesQuery("key", "this key").TakesQuery("transaction", "held or awaited by this one").TakesQuery("waiting", "true: only keys that somebody waits for")
            .TakesQuery("limit", "1 to 1000, default 50").TakesQuery("cursor", "nextCursor of the page before")
            .Gives<LockList>(200).GivesProblems(400, 401, 503);
    }

    private async Task Lock(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.TransactionIdOf(http);
        var (wants, wait) = LockRequests.Parse(await RequestBody.ReadJson(http.Request), edge.Limits);
        Request Make(Caller caller) => new LockInput(caller, id, wants, wait);

        // A wait must not hold up a stop.
        var response = await edge.LockOrWait(wait, Make, caller => new GetInput(caller, id));
        http.Response.Headers[JsonAnswers.TransactionHeader] = id.ToString();
        await JsonAnswers.Send(
            http, StatusCodes.Status200OK,
            response is LockResponse { Answer: var answer } ? answer : throw ProblemTypes.Draining.With("the coordinator stops before the lock was granted; its next start rolls the transaction back"),
            ContractJson.Default.LockAnswer);
    }

    private async Task List(HttpContext http)
    {
        var filter = LockListQuery.Parse(http.Request);
        var response = (LocksResponse)await edge.Ask(caller => new ListLocksInput(caller, filter));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.List, ContractJson.Default.LockList);
    }
}
