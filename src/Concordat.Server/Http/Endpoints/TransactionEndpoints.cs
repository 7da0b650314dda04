using System.Security.Cryptography;
using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Begin, look, list, commit, roll back.</summary>
internal sealed class TransactionEndpoints(HttpEdge edge)
{
    public const string Path = "/v1/transactions";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(Path, edge.Protected(Begin)).Describe(Begin, "Transactions", "beginTransaction",
            "Run a transaction to its outcome; without branches, begin one",
            "With branches: begins, prepares and decides; 200 with the outcome, committed or aborted. With `Prefer: respond-async`: 202 as soon as it is durable. Without branches: 201, and the client enlists them.")
            .Takes<TransactionRequest>()
            .TakesHeader(RequestHeaders.IdempotencyKey, "1 to 255 visible ASCII characters: the same key and body answer with the same transaction")
            .TakesHeader("Prefer", "respond-async: do not wait for the outcome")
            .Gives<TransactionDocument>(200, 201, 202).GivesProblems(400, 401, 413, 415, 422, 503);
        endpoints.MapGet(Path, edge.Protected(List)).Describe(List, "Transactions", "listTransactions",
            "List transactions, newest first", "A page may hold fewer items than its limit and still have a cursor. `label.<name>=<value>` asks for a label.")
            .TakesQuery("state", "active, preparing, prepared, committing, committed, aborting or aborted")
            .TakesQuery("outcome", "committed or aborted")
            .TakesQuery("name", "the transaction's name").TakesQuery("participant", "a participant of it").TakesQuery("label.{name}", "the value of a label")
            .TakesQuery("olderThanSeconds", "begun longer ago").TakesQuery("limit", "1 to 1000, default 50").TakesQuery("cursor", "nextCursor of the page before")
            .Gives<TransactionList>(200).GivesProblems(400, 401, 503);
        endpoints.MapGet(Path + "/{id}", edge.Protected(Get)).Describe(Get, "Transactions", "getTransaction",
            "Look at a transaction", "With `waitSeconds`: when it is committed or aborted, or after that time, whatever its state is then.")
            .TakesQuery("waitSeconds", "0 to 300")
            .Gives<TransactionDocument>(200).GivesProblems(400, 401, 404, 409, 410, 503);
        endpoints.MapPost(Path + "/{id}/commit", edge.Protected(Commit)).Describe(Commit, "Transactions", "commitTransaction",
            "Prepare and decide", "200 with the outcome; again: the same outcome. Branches of resources may come with it, with their votes.")
            .MayTake<CommitRequest>()
            .Gives<TransactionDocument>(200).GivesProblems(400, 401, 404, 409, 410, 413, 415, 503);
        endpoints.MapPost(Path + "/{id}/rollback", edge.Protected(Rollback)).Describe(Rollback, "Transactions", "rollbackTransaction",
            "Abort a transaction that is not decided", "Again: 200. One that is decided to commit: 409.")
            .Gives<TransactionDocument>(200).GivesProblems(400, 401, 404, 409, 410, 503);
    }

    private async Task Begin(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var keyText = RequestHeaders.IdempotencyKeyOf(http.Request);
        var prefersAsync = RequestHeaders.PrefersAsync(http.Request);
        var body = await RequestBody.ReadJson(http.Request);
        var spec = TransactionRequests.Parse(body, edge.Limits, TraceParent.Of(http.Request));
        var key = keyText is null ? null : new IdempotencyKey(keyText, SHA256.HashData(body.Span));
        var mode = spec.Branches.Count == 0 ? BeginMode.Open : prefersAsync ? BeginMode.RunInBackground : BeginMode.Run;
        Request Make(Caller caller) => new BeginInput(caller, mode, spec, key);

        var response = mode == BeginMode.Run ? await edge.AskAndWait(Make) : await edge.Ask(Make);
        if (mode == BeginMode.RunInBackground)
        {
            http.Response.Headers["Preference-Applied"] = "respond-async";
        }

        await Answers.Transaction(http, response);
    }

    private async Task List(HttpContext http)
    {
        var filter = ListQuery.Parse(http.Request, edge.Limits);
        var response = (TransactionsResponse)await edge.Ask(caller => new ListInput(caller, filter));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.List, ContractJson.Default.TransactionList);
    }

    private async Task Get(HttpContext http)
    {
        var id = PathValues.TransactionIdOf(http);
        var seconds = Query.Only(http.Request, "waitSeconds") is { } text ? Query.Seconds("waitSeconds", text, RequestLimits.MaxWaitSeconds) : 0;
        TimeSpan? wait = seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
        var response = await edge.AskOrWait(wait, caller => new GetInput(caller, id, wait), caller => new GetInput(caller, id));
        await Answers.Transaction(http, response);
    }

    private async Task Commit(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.TransactionIdOf(http);
        var body = await RequestBody.ReadOptional(http.Request);
        var branches = body.IsEmpty ? [] : TransactionRequests.ParseCommit(body, edge.Limits);
        if (branches.Count > 0)
        {
            RequestBody.CheckContentType(http.Request);
        }

        await Answers.Transaction(http, await edge.AskAndWait(caller => new CommitInput(caller, id, branches)));
    }

    private async Task Rollback(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.TransactionIdOf(http);
        await RequestBody.ReadNothing(http.Request);

        // Not counted among those that wait: it waits for the disk at most, and it makes room.
        await Answers.Transaction(http, await edge.Ask(caller => new RollbackInput(caller, id)));
    }
}
