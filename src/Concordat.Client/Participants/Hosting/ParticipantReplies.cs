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
        Reply.Voted r => TypedResults.Json(AnswerOf(r), ContractJson.Default.PrepareAnswer),
        Reply.Done => TypedResults.NoContent(),
        Reply.Refused r => Problem(context, StatusOf(r), "branch-refused", "The branch cannot be prepared", r.Reason),
        Reply.Conflict r => Problem(context, StatusOf(r), "branch-conflict", "The opposite was done", r.Text),
        Reply.NotHeld r => Problem(context, StatusOf(r), "branch-not-held", "The branch is not here", r.Text),
        Reply.TooEarly r => Problem(context, StatusOf(r), "branch-not-prepared", "The branch is not prepared yet", r.Text),
        Reply.Full r => Unavailable(context, r.Text),
        Reply.Failed r => Problem(context, StatusOf(r), "resource-manager-failed", "The resource manager failed", r.Text),
        _ => throw new ParticipantInvariantException($"no answer for a {reply.GetType().Name}"),
    };

    /// <summary>What the contract makes of a reply: all that the coordinator looks at, but for a vote's body.</summary>
    public static int StatusOf(Reply reply) => reply switch
    {
        Reply.Voted => StatusCodes.Status200OK,
        Reply.Done => StatusCodes.Status204NoContent,
        Reply.Refused or Reply.Conflict => StatusCodes.Status409Conflict,
        Reply.NotHeld => StatusCodes.Status410Gone,
        Reply.TooEarly => TooEarly,
        Reply.Full => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static PrepareAnswer AnswerOf(Reply.Voted reply) => new() { Vote = reply.Vote, Reason = reply.Reason, Evidence = reply.Evidence };

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
