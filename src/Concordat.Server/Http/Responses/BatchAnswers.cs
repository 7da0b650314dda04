using System.Text.Json;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Http;

namespace Concordat.Server.Http;

/// <summary>One answer for several calls: for each, what a call of its own would have been answered.</summary>
internal static class BatchAnswers
{
    private static readonly JsonEncodedText
        Answers = JsonEncodedText.Encode("answers"), Status = JsonEncodedText.Encode("status"), Document = JsonEncodedText.Encode("document"),
        ProblemOf = JsonEncodedText.Encode("problem"), RetryAfter = JsonEncodedText.Encode("retryAfterSeconds");

    /// <param name="answers">A response, a problem, or null where there is no answer yet.</param>
    public static Task Send(HttpContext http, IReadOnlyList<(Response? Response, ProblemException? Problem)> answers)
    {
        var buffer = JsonBuffer.Rent();
        Write(buffer.Writer, answers, ProblemAnswers.TraceIdOf(http));
        return JsonAnswers.Send(http, StatusCodes.Status200OK, JsonAnswers.Json, buffer.Written);
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<(Response? Response, ProblemException? Problem)> answers, string traceId)
    {
        json.WriteStartObject();
        json.WriteStartArray(Answers);
        foreach (var (response, problem) in answers)
        {
            json.WriteStartObject();
            if (problem is not null)
            {
                json.WriteNumber(Status, problem.Type.Status);
                json.WritePropertyName(ProblemOf);
                ProblemAnswers.Write(json, problem.Type, problem.Message, traceId, problem.Cycle);
                if (problem.Type.RetryAfterSeconds > 0)
                {
                    json.WriteNumber(RetryAfter, problem.Type.RetryAfterSeconds);
                }
            }
            else if (response is TransactionResponse transaction)
            {
                json.WriteNumber(Status, Http.Answers.StatusOf(transaction.How));
                json.WritePropertyName(Document);
                TransactionWriter.Write(json, transaction.Document);
            }
            else
            {
                json.WriteNumber(Status, StatusCodes.Status202Accepted);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }
}
