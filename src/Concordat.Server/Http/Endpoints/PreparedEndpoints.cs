using Concordat.Core;
using Concordat.Server.Databases;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>What is prepared in a database, joined with the log; and a sweep on request. For databases that this server reaches.</summary>
internal sealed class PreparedEndpoints(HttpEdge edge, IReachedDatabases databases)
{
    private const string Path = "/v1/resources/{name}";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path + "/prepared", edge.Protected(Get)).Describe(Get, "Resources", "getPrepared",
            "What is prepared in a database, and of which transaction", "Lists the database now and changes nothing. 409 where the server has no connection to it.")
            .Gives<PreparedList>(200).GivesProblems(400, 401, 404, 409, 503);
        endpoints.MapPost(Path + "/prepared", edge.Protected(Look)).Describe(Look, "Resources", "lookUpPrepared",
            "The same for a listing that the caller has made", "The listing must have been made before the call. Changes nothing.")
            .Takes<LookRequest>()
            .Gives<PreparedList>(200).GivesProblems(400, 401, 404, 409, 413, 415, 503);
        endpoints.MapPost(Path + "/reconcile", edge.Protected(Reconcile)).Describe(Reconcile, "Resources", "reconcile",
            "Sweep a database now", "Finishes what is decided, and says what was found and done. 409 where the server has no connection to the database.")
            .Gives<ReconcileAnswer>(200).GivesProblems(400, 401, 404, 409, 413, 503);
    }

    /// <summary>First the database, then the live coordinator: a branch that is being prepared meanwhile is found running.</summary>
    private async Task Get(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = await Reached(http);
        var listing = await Use(name, () => databases.ListAsync(name, http.RequestAborted));
        var here = listing.Branches.Where(static b => !b.IsElsewhere).Select(static b => b.Name).ToList();
        var looked = ((PreparedResponse)await edge.Ask(caller => new LookInput(caller, name, listing.Identity, here))).List.Items.ToDictionary(i => i.Name, StringComparer.Ordinal);
        var items = listing.Branches.Select(b => b.Joined(b.IsElsewhere ? null : looked[b.Name]));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, new PreparedList { Items = [.. items] }, ContractJson.Default.PreparedList);
    }

    private async Task Look(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var name = PathValues.ParticipantOf(http);
        var request = ResourceRequests.ParseLook(await RequestBody.ReadJson(http.Request));
        var response = (PreparedResponse)await edge.Ask(caller => new LookInput(caller, name, request.Identity, request.Prepared));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.List, ContractJson.Default.PreparedList);
    }

    private async Task Reconcile(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        await RequestBody.ReadNothing(http.Request);
        var name = await Reached(http);
        var answer = await Use(name, () => databases.ReconcileAsync(name, http.RequestAborted));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, answer, ContractJson.Default.ReconcileAnswer);
    }

    /// <summary>The name of a registered resource that this server reaches.</summary>
    private async Task<string> Reached(HttpContext http)
    {
        var name = PathValues.ParticipantOf(http);
        if (databases.AgentOf(name) is null)
        {
            // Of one that is not even registered, that is what is said.
            await edge.Ask(caller => new GetParticipantInput(caller, name, IsResource: true));
            throw ProblemTypes.NotReached.With(
                $"this server has no connection to the database of '{name}': put it under Concordat:Resources, or ask from where it can be reached, "
                + $"with concordat resources prepared {name} --kind … --driver … --connection …");
        }

        return name;
    }

    private static async Task<T> Use<T>(string name, Func<Task<T>> use)
    {
        try
        {
            return await use();
        }
        catch (OtherDatabaseException e)
        {
            throw ProblemTypes.OtherDatabase.With(e.Message);
        }
        catch (DatabaseUnreachableException e)
        {
            throw ProblemTypes.DatabaseUnreachable.With($"the database of '{name}': {e.Message}");
        }
    }
}
