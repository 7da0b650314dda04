using System.Security.Cryptography;
using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Begin a saga, look, list, cancel; what operators do about one that is stuck.</summary>
internal sealed class SagaEndpoints(HttpEdge edge)
{
    public const string Path = "/v1/sagas";
    private const string SagaHeader = "Concordat-Saga";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(Path, edge.Protected(Begin)).Describe(Begin, "Sagas", "beginSaga",
            "Begin a saga", "202 as soon as it is durable. With `waitSeconds`: 200 where it has ended by then, completed or compensated.")
            .Takes<SagaRequest>().TakesQuery("waitSeconds", "0 to 300")
            .TakesHeader(RequestHeaders.IdempotencyKey, "1 to 255 visible ASCII characters: the same key and body answer with the same saga")
            .Gives<SagaDocument>(200, 202).GivesProblems(400, 401, 409, 413, 415, 422, 503);
        endpoints.MapGet(Path, edge.Protected(List)).Describe(List, "Sagas", "listSagas",
            "List sagas, newest first", "A page may hold fewer items than its limit and still have a cursor. `label.<name>=<value>` asks for a label.")
            .TakesQuery("state", "running, compensating, stuck, completed or compensated")
            .TakesQuery("name", "the saga's name").TakesQuery("participant", "a participant of it").TakesQuery("label.{name}", "the value of a label")
            .TakesQuery("olderThanSeconds", "begun longer ago").TakesQuery("limit", "1 to 1000, default 50").TakesQuery("cursor", "nextCursor of the page before")
            .Gives<SagaList>(200).GivesProblems(400, 401, 503);
        endpoints.MapGet(Path + "/{id}", edge.Protected(Get)).Describe(Get, "Sagas", "getSaga",
            "Look at a saga", "With `waitSeconds`: when it has ended, or after that time, whatever its state is then.")
            .TakesQuery("waitSeconds", "0 to 300")
            .Gives<SagaDocument>(200).GivesProblems(400, 401, 404, 409, 410, 503);
        endpoints.MapPost(Path + "/{id}/cancel", edge.Protected(Cancel)).Describe(Cancel, "Sagas", "cancelSaga",
            "Compensate from here on", "Again: 200. One that has completed: 409.")
            .Gives<SagaDocument>(200).GivesProblems(400, 401, 404, 409, 410, 503);
        endpoints.MapPost(Path + "/{id}/resume", edge.Protected(Resume)).Describe(Resume, "Sagas", "resumeSaga",
            "Go on with a saga of a restored copy of the log", "The original may have gone on: nothing is done here before a person says so, with this or with a cancel.")
            .Gives<SagaDocument>(200).GivesProblems(400, 401, 404, 409, 410, 503);
        endpoints.MapPost(Path + "/{id}/steps/{step}/retry", edge.Protected(Retry)).Describe(Retry, "Sagas", "retryStep",
            "Try now what waits for its next attempt", null)
            .Gives<SagaDocument>(200).GivesProblems(400, 401, 404, 409, 410, 503);
        endpoints.MapPost(Path + "/{id}/steps/{step}/resolve", edge.Protected(Resolve)).Describe(Resolve, "Sagas", "resolveStep",
            "Say that a person has undone a step", "For a compensation that keeps failing. It is recorded with who and why, and the saga goes on.")
            .Takes<StepResolveRequest>()
            .Gives<SagaDocument>(200).GivesProblems(400, 401, 404, 409, 410, 413, 415, 503);
    }

    private async Task Begin(HttpContext http)
    {
        var wait = WaitOf(http.Request);
        var keyText = RequestHeaders.IdempotencyKeyOf(http.Request);
        var body = await RequestBody.ReadJson(http.Request);
        var definition = SagaRequests.Parse(body, edge.Limits, TraceParent.Of(http.Request));
        var key = keyText is null ? null : new IdempotencyKey(keyText, SHA256.HashData(body.Span));
        Request Make(Caller caller) => new BeginSagaInput(caller, definition, key, wait);

        var response = wait is null ? await edge.Ask(Make) : await edge.WaitForSaga(Make);
        await Answer(http, response, isBegin: true);
    }

    private async Task List(HttpContext http)
    {
        var filter = SagaListQuery.Parse(http.Request, edge.Limits);
        var response = (SagasResponse)await edge.Ask(caller => new ListSagasInput(caller, filter));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.List, ContractJson.Default.SagaList);
    }

    private async Task Get(HttpContext http)
    {
        var id = PathValues.SagaIdOf(http);
        var wait = WaitOf(http.Request);
        Request Make(Caller caller) => new GetSagaInput(caller, id, wait);

        await Answer(http, wait is null ? await edge.Ask(Make) : await edge.WaitForSaga(Make));
    }

    private Task Cancel(HttpContext http) => Do(http, static (caller, id) => new CancelSagaInput(caller, id));

    private Task Resume(HttpContext http) => Do(http, static (caller, id) => new ResumeSagaInput(caller, id));

    private Task Retry(HttpContext http)
    {
        var step = PathValues.StepOf(http);
        return Do(http, (caller, id) => new RetryStepInput(caller, id, step));
    }

    private async Task Resolve(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.SagaIdOf(http);
        var step = PathValues.StepOf(http);
        var (who, why) = SagaRequests.ParseResolve(await RequestBody.ReadJson(http.Request));
        await Answer(http, await edge.Ask(caller => new ResolveStepInput(caller, id, step, who, why)));
    }

    private async Task Do(HttpContext http, Func<Caller, TransactionId, Request> make)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.SagaIdOf(http);
        await RequestBody.ReadNothing(http.Request);
        await Answer(http, await edge.Ask(caller => make(caller, id)));
    }

    private static TimeSpan? WaitOf(HttpRequest request)
    {
        var seconds = Query.Only(request, "waitSeconds") is { } text ? Query.Seconds("waitSeconds", text, RequestLimits.MaxWaitSeconds) : 0;
        return seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <param name="isBegin">What has not ended is accepted.</param>
    private static Task Answer(HttpContext http, Response response, bool isBegin = false)
    {
        var answer = (SagaResponse)response;
        var how = isBegin && answer.Document.Outcome is null ? Answered.Accepted : answer.How;
        var id = answer.Document.Id.ToString();
        http.Response.Headers[SagaHeader] = id;
        if (how != Answered.Ok)
        {
            http.Response.Headers.Location = $"{http.Request.PathBase}{Path}/{id}";
        }

        return JsonAnswers.Send(http, Answers.StatusOf(how), answer.Document, ContractJson.Default.SagaDocument);
    }
}
