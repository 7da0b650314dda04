using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Concordat.Core;
using Concordat.Core.Participation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Concordat.Client.Participants;

/// <summary>A call that is no call of the contract. Nothing was changed.</summary>
internal sealed class BadCallException(int status, string type, string message) : Exception(message)
{
    public int Status { get; } = status;
    public string Type { get; } = type;
}

/// <summary>From the contract's calls to the machine's inputs. Members that are not known are ignored, everything else is checked.</summary>
internal static class ParticipantCalls
{
    // The coordinator takes bodies up to 4 MiB; the rest is what it adds.
    private const int MaxBodyBytes = 4 * 1024 * 1024 + 64 * 1024;

    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyBytes;
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false)
                ?? throw Malformed("the body is null");
        }
        catch (JsonException e)
        {
            throw Malformed(e.Message);
        }
        catch (BadHttpRequestException e)
        {
            throw new BadCallException(e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? "too-large" : "malformed", e.Message);
        }
        catch (IOException e)
        {
            // A chunk's size of more bits than there are, or a connection that is gone.
            throw Malformed(e.Message);
        }
    }

    public static ParticipantInput Prepare(PrepareCall call, Core.Participation.Caller caller, byte[] operations) => new ParticipantInput.PrepareCalled(
        caller,
        new BranchKey(call.TransactionId, call.BranchId),
        Timestamp.From(call.EndedBefore),
        new BranchTerms
        {
            CreatedAt = Timestamp.From(call.CreatedAt),
            Deadline = Timestamp.From(call.Deadline),
            InquiryUrl = call.InquiryUrl,
            Operations = operations,
        });

    public static ParticipantInput Commit(CompleteCall call, Core.Participation.Caller caller, byte[] operations)
    {
        var key = new BranchKey(call.TransactionId, call.BranchId);
        var endedBefore = Timestamp.From(call.EndedBefore);
        return call.OnePhase
            ? new ParticipantInput.OnePhaseCalled(
                caller, key, endedBefore, new BranchTerms { CreatedAt = Timestamp.From(call.CreatedAt), Operations = operations })
            : new ParticipantInput.CommitCalled(caller, key, endedBefore, call.Evidence);
    }

    public static ParticipantInput Rollback(CompleteCall call, Core.Participation.Caller caller) => new ParticipantInput.RollbackCalled(
        caller, new BranchKey(call.TransactionId, call.BranchId), Timestamp.From(call.EndedBefore), Timestamp.From(call.CreatedAt), call.Evidence);

    /// <summary>The operations as the log keeps them.</summary>
    /// <param name="onePhase">There only 409 is a no, and every other error is asked again for ever; they will never be smaller.</param>
    public static byte[] OperationsOf(IReadOnlyList<Operation>? operations, int maxBytes, bool onePhase)
    {
        if (operations is not { Count: > 0 })
        {
            return [];
        }

        byte[] bytes;
        try
        {
            bytes = JsonSerializer.SerializeToUtf8Bytes(operations, ContractJson.Default.IReadOnlyListOperation);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            // Half of a surrogate pair somewhere in the data: JSON that can be read and not be written.
            throw new BadCallException(onePhase ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest, "malformed", $"operations cannot be kept: {e.Message}");
        }

        return bytes.Length <= maxBytes
            ? bytes
            : throw new BadCallException(
                onePhase ? StatusCodes.Status409Conflict : StatusCodes.Status413PayloadTooLarge, "too-large", $"operations has {bytes.Length} bytes; the participant's log takes {maxBytes} at most");
    }

    public static void Check(PrepareCall call)
    {
        Check(call.TransactionId, call.BranchId, call.CreatedAt, call.EndedBefore);
        CheckTime("deadline", call.Deadline);
        if (call.InquiryUrl is { Length: > LogBudget.MaxInquiryUrlCharacters })
        {
            throw Malformed($"inquiryUrl has {call.InquiryUrl.Length} characters; {LogBudget.MaxInquiryUrlCharacters} are taken");
        }
    }

    public static void Check(CompleteCall call) => Check(call.TransactionId, call.BranchId, call.CreatedAt, call.EndedBefore);

    private static void Check(TransactionId transaction, string branch, DateTimeOffset createdAt, DateTimeOffset endedBefore)
    {
        if (transaction == default)
        {
            throw Malformed("transactionId is missing");
        }

        if (!Names.IsBranchId(branch))
        {
            throw Malformed($"branchId is '{branch}'; it must match [A-Za-z0-9][A-Za-z0-9._-]{{0,63}}");
        }

        CheckTime("createdAt", createdAt);
        CheckTime("endedBefore", endedBefore);
    }

    private static void CheckTime(string name, DateTimeOffset value)
    {
        if (value < DateTimeOffset.UnixEpoch)
        {
            throw Malformed($"{name} is {value:O}, before 1970");
        }
    }

    private static BadCallException Malformed(string what) => new(StatusCodes.Status400BadRequest, "malformed", what);
}
