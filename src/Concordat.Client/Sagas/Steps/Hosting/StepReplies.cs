using System.Diagnostics;
using System.Text;
using Concordat.Client.Participants;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Concordat.Client.Sagas;

/// <summary>What a call of a step comes to.</summary>
internal abstract record StepReply
{
    internal sealed record Answered(BarrierAnswer Answer) : StepReply;

    internal sealed record Refused(string Reason) : StepReply;

    internal sealed record Malformed(BadCallException Why) : StepReply;

    internal sealed record ResultUnfit(StepResultUnfitException Why) : StepReply;

    internal sealed record Unavailable(string Text) : StepReply;

    internal sealed record Failed(string Text) : StepReply;

    internal sealed record NobodyThere : StepReply;
}

/// <summary>
/// In the words of the contract. What a repetition may mend is a 5xx. What it cannot mend is none: the step fails at once. A 409 says that nothing has happened, so
/// only a refusal is one, and what came too late.
/// </summary>
internal static class StepReplies
{
    private const string RetryAfterSeconds = "1";
    private const int MaxReasonCharacters = 1000;

    public static Task WriteAsync(HttpContext context, StepReply reply)
    {
        if (reply is StepReply.Answered { Answer: { Verdict: not BarrierVerdict.Late } answer })
        {
            return WriteAsync(context, answer.Result);
        }

        return ToProblem(context, reply).ExecuteAsync(context);
    }

    private static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> result)
    {
        if (result.IsEmpty)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = result.Length;
        await context.Response.BodyWriter.WriteAsync(result, context.RequestAborted).ConfigureAwait(false);
    }

    private static IResult ToProblem(HttpContext context, StepReply reply)
    {
        switch (reply)
        {
            case StepReply.Answered:
                return Refused(context, "step-late", "The step was compensated before", "the action came after its compensation");
            case StepReply.Refused r:
                return Refused(context, "step-refused", "The step refuses", r.Reason);
            case StepReply.Malformed r:
                return Problem(context, r.Why.Status, r.Why.Type, "The call is not one of the contract", r.Why.Message);
            case StepReply.ResultUnfit r:
                return Problem(context, StatusCodes.Status422UnprocessableEntity, "result-unfit", "The step's result is none that a coordinator keeps", r.Why.Message);
            case StepReply.Unavailable r:
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                return Problem(context, StatusCodes.Status503ServiceUnavailable, "step-unavailable", "The service cannot tell now", r.Text);
            case StepReply.Failed r:
                return Problem(context, StatusCodes.Status500InternalServerError, "step-failed", "The step's handler failed", r.Text);
            default:
                return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
    }

    private static ProblemHttpResult Refused(HttpContext context, string type, string title, string reason)
    {
        // Half of a surrogate pair cannot be written as JSON.
        var cut = reason.Length > MaxReasonCharacters ? reason[..MaxReasonCharacters] : reason;
        var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut));
        return Problem(context, StatusCodes.Status409Conflict, type, title, text, text);
    }

    private static ProblemHttpResult Problem(HttpContext context, int status, string type, string title, string detail, string? reason = null)
    {
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier };
        if (reason is not null)
        {
            extensions["reason"] = reason;
        }

        return TypedResults.Problem(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(detail)), statusCode: status, title: title, type: "/problems/" + type, extensions: extensions);
    }
}
