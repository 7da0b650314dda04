using Concordat.Core;
using Concordat.Server.Databases;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Register, look at, sweep and remove resources: databases that take part without a service before them.</summary>
internal sealed class ResourceEndpoints(HttpEdge edge, IReachedDatabases databases)
{
    private const string Path = "/v1/resources";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, edge.Protected(List)).Describe(List, "Resources", "listResources", "List the resources", null)
            .Gives<ResourceList>(200).GivesProblems(400, 401, 503);
        endpoints.MapGet(Path + "/{name}", edge.Protected(Get)).Describe(Get, "Resources", "getResource", "Look at a resource", null)
            .Gives<ResourceDocument>(200).GivesProblems(400, 401, 404, 503);
        endpoints.MapPut(Path + "/{name}", edge.Protected(Put)).Describe(Put, "Resources", "putResource",
            "Register a resource", "Durable before the answer. 409 where the name is that of a service, or of another database with unfinished branches.")
            .Takes<ResourceRequest>()
            .Gives<ResourceDocument>(200, 201).GivesProblems(400, 401, 409, 413, 415, 503);
        endpoints.MapDelete(Path + "/{name}", edge.Protected(Remove)).Describe(Remove, "Resources", "removeResource",
            "Remove a resource", "409 while it has unfinished branches.")
            .GivesNothing().GivesProblems(400, 401, 404, 409, 503);
        endpoints.MapPost(Path + "/{name}/sweeps", edge.Protected(BeginSweep)).Describe(BeginSweep, "Resources", "beginSweep",
            "Say that what is prepared will be listed now", "The listing must begin after the answer. `awaiting` are branches whose fate is wanted, as reports.")
            .Takes<ResourceRequest>()
            .Gives<SweepDocument>(200).GivesProblems(400, 401, 404, 409, 413, 415, 503);
        endpoints.MapPost(Path + "/{name}/sweeps/{ticket}", edge.Protected(EndSweep)).Describe(EndSweep, "Resources", "endSweep",
            "Say what is prepared, and hear what should become of it", "All names, of whomever. What was decided before the sweep began and is not among them is taken for done, where it came without evidence.")
            .Takes<ListingRequest>()
            .Gives<ListingAnswer>(200).GivesProblems(400, 401, 404, 409, 413, 415, 503);
        endpoints.MapPost(Path + "/{name}/reports", edge.Protected(Report)).Describe(Report, "Resources", "reportBranches",
            "Say what became of branches", "Of branches whose transaction is decided to commit. Twice is as good as once.")
            .Takes<ReportsRequest>()
            .Gives<ReportsAnswer>(200).GivesProblems(400, 401, 404, 409, 413, 415, 503);
        endpoints.MapPost(Path + "/{name}/ended", edge.Protected(Ended)).Describe(Ended, "Resources", "areEnded",
            "Ask whether markers of branches may be removed", "True where nobody will ever ask again what became of the transaction's branches.")
            .Takes<EndedRequest>()
            .Gives<EndedAnswer>(200).GivesProblems(400, 401, 404, 409, 413, 415, 503);
        new PreparedEndpoints(edge, databases).Map(endpoints);
    }

    private async Task List(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var response = (ResourcesResponse)await edge.Ask(static caller => new GetParticipantInput(caller, Name: null, IsResource: true));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.List with { Items = [.. response.List.Items.Select(WithAgent)] }, ContractJson.Default.ResourceList);
    }

    private async Task Get(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        await Answer(http, await edge.Ask(caller => new GetParticipantInput(caller, name, IsResource: true)));
    }

    private async Task Put(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var identity = ResourceRequests.ParseIdentity(await RequestBody.ReadJson(http.Request));
        var response = (ResourceResponse)await edge.Ask(caller => new PutResourceInput(caller, name, identity));
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
        await edge.Ask(caller => new RemoveParticipantInput(caller, name, IsResource: true));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task BeginSweep(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var identity = ResourceRequests.ParseIdentity(await RequestBody.ReadJson(http.Request));
        var response = (SweepResponse)await edge.Ask(caller => new BeginSweepInput(caller, name, identity));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.Document, ContractJson.Default.SweepDocument);
    }

    private async Task EndSweep(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var ticket = PathValues.TicketOf(http);
        var prepared = ResourceRequests.ParseListing(await RequestBody.ReadJson(http.Request));
        var response = (ListingResponse)await edge.Ask(caller => new EndSweepInput(caller, name, ticket, prepared));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.Answer, ContractJson.Default.ListingAnswer);
    }

    private async Task Report(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var reports = ResourceRequests.ParseReports(await RequestBody.ReadJson(http.Request));
        var response = (ReportsResponse)await edge.Ask(caller => new ReportInput(caller, name, reports));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.Answer, ContractJson.Default.ReportsAnswer);
    }

    private async Task Ended(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var request = ResourceRequests.ParseEnded(await RequestBody.ReadJson(http.Request));
        var response = (EndedResponse)await edge.Ask(caller => new EndedInput(caller, name, request.Identity, request.Transactions));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.Answer, ContractJson.Default.EndedAnswer);
    }

    private Task Answer(HttpContext http, Response response)
    {
        var answer = (ResourceResponse)response;
        return JsonAnswers.Send(http, Answers.StatusOf(answer.How), WithAgent(answer.Document), ContractJson.Default.ResourceDocument);
    }

    private ResourceDocument WithAgent(ResourceDocument resource) => resource with { Agent = databases.AgentOf(resource.Name) };
}
