using System.Text.Json;

using Concordat.Core.Sagas;

namespace Concordat.Core.Participants;

/// <summary>
/// What a participant's HTTP answer means. Only what the contract names counts: an error in the body of a 200 is nonsense and
/// no success, 201 and 204 are as good as 200, a business refusal is not retried, and what says nothing is asked again.
/// </summary>
public static class AnswerReader
{
    /// <summary>Evidence is at most this long.</summary>
    public const int MaxEvidenceBytes = 256;

    private const int MaxDetailLength = 300;

    public static CallResult Read(CallKind kind, int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) => kind switch
    {
        CallKind.Prepare => ReadPrepare(status, body, retryAfter),
        CallKind.OnePhase => ReadOnePhase(status, body, retryAfter),
        CallKind.Commit or CallKind.Rollback => ReadCompletion(status, body, retryAfter),
        _ => throw new ProtocolViolationException($"{kind} is no kind of call"),
    };

    /// <summary>The answer of a step of a saga.</summary>
    public static CallResult Read(StepPhase phase, int status, ReadOnlyMemory<byte> body, TimeSpan? retryAfter) => (phase, status) switch
    {
        (StepPhase.Action, >= 200 and < 300) => ReadResult(status, body),
        (StepPhase.Compensation, >= 200 and < 300) => Done.Instance,
        (StepPhase.Action, 409) => new StepRefused(ReasonOf(body.Span)),
        (StepPhase.Action, >= 300 and < 500) when status is not (404 or 408 or 425 or 429) => new Rejected(Describe(status, body.Span)),
        // It answered, so it is there: a 503 of one of its paths does not make it one that is down.
        _ => new Failed(FailureKind.Answer, Describe(status, body.Span), retryAfter),
    };

    /// <summary>What is no JSON, or too much of it, is no result: later steps would be called with half of it.</summary>
    private static CallResult ReadResult(int status, ReadOnlyMemory<byte> body) =>
        body.IsEmpty || ResultJson.WhyNot(body) is not { } why ? new StepDone(body)
        : new Failed(FailureKind.Answer, $"answered {status} with {why}: {Cut(body.Span)}");

    private static CallResult ReadPrepare(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) => status switch
    {
        200 => ReadVote(body),
        409 => new Voted(Vote.No, ReasonOf(body), Evidence: null),
        404 or 408 or 425 or 429 => Again(status, body, retryAfter),
        >= 400 and < 500 => new Rejected(Describe(status, body)),
        _ => Again(status, body, retryAfter),
    };

    /// <summary>A refusal ends it, as with prepare. Any other error says nothing of what the participant decided, so it is asked again.</summary>
    private static CallResult ReadOnePhase(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) => status switch
    {
        200 => ReadVote(body),
        409 => new Voted(Vote.No, ReasonOf(body), Evidence: null),
        _ => Again(status, body, retryAfter),
    };

    private static CallResult ReadCompletion(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) => status switch
    {
        200 or 201 or 204 => Done.Instance,
        410 => new NeverHeardOf(Describe(status, body)),
        _ => Again(status, body, retryAfter),
    };

    private static CallResult ReadVote(ReadOnlySpan<byte> body)
    {
        try
        {
            var answer = JsonSerializer.Deserialize(body, ContractJson.Default.PrepareAnswer);
            if (answer is null || !Enum.IsDefined(answer.Vote))
            {
                return Nonsense(body);
            }

            if (answer.Evidence is { } evidence && System.Text.Encoding.UTF8.GetByteCount(evidence) > MaxEvidenceBytes)
            {
                return new Failed(FailureKind.Answer, $"answered with more than {MaxEvidenceBytes} bytes of evidence");
            }

            return new Voted(answer.Vote, answer.Reason, answer.Evidence);
        }
        catch (JsonException)
        {
            return Nonsense(body);
        }
    }

    private static Failed Nonsense(ReadOnlySpan<byte> body) => new(FailureKind.Answer, $"answered 200 with no vote: {Cut(body)}");

    private static Failed Again(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) =>
        new(status == 503 ? FailureKind.Unreachable : FailureKind.Answer, Describe(status, body), retryAfter);

    /// <summary>The reason of a 409: from a vote document or a problem document, else the body as it is.</summary>
    private static string ReasonOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in (ReadOnlySpan<string>)["reason", "detail", "title"])
                {
                    if (document.RootElement.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String)
                    {
                        return Cut(value.GetString()!);
                    }
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or half of a surrogate pair in it: the text as it came is the reason.
        }

        return body.IsEmpty ? "answered 409" : Cut(body);
    }

    private static string Describe(int status, ReadOnlySpan<byte> body) => body.IsEmpty ? $"answered {status}" : $"answered {status}: {Cut(body)}";

    private static string Cut(ReadOnlySpan<byte> body) =>
        Cut(System.Text.Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxDetailLength * 4)]));

    private static string Cut(string text) => text.Length <= MaxDetailLength ? text : text[..(MaxDetailLength - 1)] + "…";
}
