using System.Net;
using System.Text.Json;

namespace Concordat.Client;

/// <summary>What one exchange with the coordinator about a scope's transaction has shown.</summary>
internal abstract record ScopeAnswer
{
    private ScopeAnswer()
    {
    }

    public sealed record Document(TransactionDocument Value) : ScopeAnswer;

    /// <summary>A problem of the coordinator's own: this request changed nothing.</summary>
    public sealed record Refused(Problem Problem) : ScopeAnswer;

    /// <summary>Nothing that a coordinator says, so nothing may be concluded.</summary>
    public sealed record None(string Why, TimeSpan? RetryAfter) : ScopeAnswer;

    public static ScopeAnswer Of(TransactionId about, Attempt attempt)
    {
        switch (attempt)
        {
            case Attempt.Answered { Response: { IsSuccessStatusCode: true } response }:
                return Read(about, response);
            case Attempt.Answered answered:
                var problem = Problem.Read(answered.Response);
                var ours = problem.Type.StartsWith("/problems/", StringComparison.Ordinal) && problem.Status != (int)HttpStatusCode.Unauthorized;
                return ours ? new Refused(problem) : new None(problem.Text, null);
            case Attempt.Overloaded overloaded:
                return new None(overloaded.Problem.Text, overloaded.RetryAfter);
            case Attempt.NotSent notSent:
                return new None(notSent.Text, null);
            case Attempt.Lost lost:
                return new None(lost.Text, null);
            default:
                throw new InvalidOperationException($"no attempt ends as {attempt}");
        }
    }

    private static ScopeAnswer Read(TransactionId about, HttpResponseMessage response)
    {
        try
        {
            using var content = response.Content.ReadAsStream();
            var document = JsonSerializer.Deserialize(content, ContractJson.Default.TransactionDocument);
            return document?.Id == about ? new Document(document) : new None($"the answer is about {document?.Id.ToString() ?? "nothing"}", null);
        }
        catch (JsonException e)
        {
            return new None($"the answer is none of a coordinator: {e.Message}", null);
        }
    }
}
