using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Server.Http;

/// <summary>Enlist a branch; a participant's inquiry; an operator's settlement.</summary>
internal sealed class BranchEndpoints(HttpEdge edge)
{
    private const string Transaction = TransactionEndpoints.Path + "/{id}";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(Transaction + "/branches", edge.Protected(Enlist)).Describe(Enlist, "Branches", "enlistBranch",
            "Enlist a branch in an active transaction", "The same branchId again: 200 and the same branch.")
            .Takes<BranchRequest>()
            .Gives<BranchDocument>(200, 201).GivesProblems(400, 401, 404, 409, 410, 413, 415, 503);
        endpoints.MapGet(Transaction + "/outcome", edge.Protected(Inquire)).Describe(Inquire, "Branches", "inquireOutcome",
            "A prepared participant asks for the outcome", "pending as long as it runs; aborted and presumed where the protocol presumes abort.")
            .TakesQuery("branch", "the branch that asks").TakesQuery("waitSeconds", "0 to 300: until it is decided, or that long")
            .Gives<InquiryAnswer>(200).GivesProblems(400, 401, 404, 409, 503);
        endpoints.MapPost(Transaction + "/branches/{branch}/resolve", edge.Protected(Resolve)).Describe(Resolve, "Branches", "resolveBranch",
            "Settle a branch by hand", "For a hazard, or a participant that is gone for good. It is recorded with who and why, and the outcome of the transaction does not change.")
            .Takes<ResolveRequest>()
            .Gives<TransactionDocument>(200).GivesProblems(400, 401, 404, 409, 410, 413, 415, 503);
    }

    private async Task Enlist(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.TransactionIdOf(http);
        var branch = BranchRequests.Parse(await RequestBody.ReadJson(http.Request));
        var response = (BranchResponse)await edge.Ask(caller => new EnlistInput(caller, id, branch));
        http.Response.Headers[JsonAnswers.TransactionHeader] = response.TransactionId.ToString();
        await JsonAnswers.Send(http, Answers.StatusOf(response.How), response.Document, ContractJson.Default.BranchDocument);
    }

    private async Task Inquire(HttpContext http)
    {
        var id = PathValues.TransactionIdOf(http);
        var query = Query.Named(http.Request, ["branch", "waitSeconds"]);
        var branch = query["branch"];
        if (branch is not null && !Names.IsBranchId(branch))
        {
            throw ProblemTypes.InvalidValue.With($"branch is {Shown.Text(branch)}; {BranchRequests.BranchIdForm}");
        }

        var seconds = query["waitSeconds"] is { } text ? Query.Seconds("waitSeconds", text, RequestLimits.MaxWaitSeconds) : 0;
        TimeSpan? wait = seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
        var response = (InquiryResponse)await edge.InquireOrWait(wait, caller => new InquiryInput(caller, id, branch, wait), caller => new InquiryInput(caller, id, branch));
        await JsonAnswers.Send(http, StatusCodes.Status200OK, response.Answer, ContractJson.Default.InquiryAnswer);
    }

    private async Task Resolve(HttpContext http)
    {
        Query.ExpectNone(http.Request);
        var id = PathValues.TransactionIdOf(http);
        var branch = PathValues.BranchIdOf(http);
        var request = ResolveRequests.Parse(await RequestBody.ReadJson(http.Request));
        var response = await edge.Ask(caller => new ResolveInput(caller, id, branch, request.As, request.Who, request.Why));
        await Answers.Transaction(http, response);
    }
}
