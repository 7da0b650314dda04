using System.Diagnostics;
using Concordat.Core.Participation;
using Microsoft.AspNetCore.Http;

namespace Concordat.Client.Participants;

/// <summary>From the machine's replies to the contract's answers.</summary>
internal static class ParticipantReplies
{
    private const string RetryAfterSeconds = "1";

    public static IResult ToHttp(Reply reply, HttpContext context) => reply switch
    {
        Reply.Voted r => TypedResults.Json(
            new PrepareAnswer { Vote = r.Vote, Reason = r.Reason, Evidence = r.Evidence }, ContractJson.Default.PrepareAnswer),
        Reply.Done => TypedResults.NoContent(),
        Reply.Refused r => Problem(context, StatusCodes.Status409Conflict, "branch-refused", "The branch cannot be prepared", r.Reason),
        Reply.Conflict r => Problem(context, StatusCodes.Status409Conflict, "branch-conflict", "The opposite was done", r.Text),
        Reply.NotHeld r => Problem(context, StatusCodes.Status410Gone, "branch-not-held", "The branch is not here", r.Text),
        Reply.TooEarly r => Problem(context, TooEarly, "branch-not-prepared", "The branch is not prepared yet", r.Text),
        Reply.Full r => Unavailable(context, r.Text),
        Reply.Failed r => Problem(context, StatusCodes.Status500InternalServerError, "resource-manager-failed", "The resource manager failed", r.Text),
        _ => throw new ParticipantInvariantException($"no answer for a {reply.GetType().Name}"),
    };

    public static IResult Unavailable(HttpContext context, string detail)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Problem(context, StatusCodes.Status503ServiceUnavailable, "participant-unavailable", "The participant takes nothing now", detail);
    }

    public static IResult Problem(HttpContext context, int status, string type, string title, string detail) => TypedResults.Problem(
        detail,
        statusCode: status,
        title: title,
        type: "/problems/" + type,
        extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier });

    private const int TooEarly = 425;
}
