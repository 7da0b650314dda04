using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Register, look at and remove participants.</summary>
internal sealed class ParticipantEndpoints(HttpEdge edge)
{
    private const string Path = "/v1/participants";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, edge.Protected(List)).Describe(List, "Participants", "listParticipants", "List the participants", null)
            .Gives<ParticipantList>(200).GivesProblems(400, 401, 503);
        endpoints.MapGet(Path + "/{name}", edge.Protected(Get)).Describe(Get, "Participants", "getParticipant", "Look at a participant", null)
            .Gives<ParticipantDocument>(200).GivesProblems(400, 401, 404, 503);
        endpoints.MapPut(Path + "/{name}", edge.Protected(Put)).Describe(Put, "Participants", "putParticipant",
            "Register a participant, or change its address", "Durable before the answer. A transaction keeps the flags that it began with.")
            .Takes<ParticipantRequest>()
            .Gives<ParticipantDocument>(200, 201).GivesProblems(400, 401, 413, 415, 503);
        endpoints.MapDelete(Path + "/{name}", edge.Protected(Remove)).Describe(Remove, "Participants", "removeParticipant",
            "Remove a participant", "409 while it has unfinished branches.")
            .GivesNothing().GivesProblems(400, 401, 404, 409, 503);
    }

    private async Task List(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var response = (ParticipantsResponse)await edge.Ask(static caller => new GetParticipantInput(caller, Name: null));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.List, ContractJson.Default.ParticipantList);
    }

    private async Task Get(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        await Answer(http, await edge.Ask(caller => new GetParticipantInput(caller, name)));
    }

    private async Task Put(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var request = ParticipantRequests.Parse(await RequestBody.ReadJson(http.Request));
        var flags = new ParticipantFlags(request.OnePhase, request.Inquires);
        var response = (ParticipantResponse)await edge.Ask(caller => new PutParticipantInput(caller, name, request.Url, flags));
        if (response.How == Answered.Created)
        {
            http.Response.Headers.Location = $"{http.Request.PathBase}{Path}/{name}";
        }

        await Answer(http, response);
    }

    private async Task Remove(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        await edge.Ask(caller => new RemoveParticipantInput(caller, name));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task Answer(HttpContext http, Response response)
    {
        var answer = (ParticipantResponse)response;
        return JsonAnswers.Send(http, Answers.StatusOf(answer.How), answer.Document, ContractJson.Default.ParticipantDocument);
    }
}
