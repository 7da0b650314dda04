using System.Globalization;
using System.Text.Json;

namespace Concordat.Server.Http;

/// <summary>
/// Writes the transaction's document, the answer of the hot path, member by member: a fifth of the serializer's garbage. What it
/// writes is what <see cref="ContractJson"/> writes; a test compares them.
/// </summary>
internal static class TransactionWriter
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly JsonEncodedText
        Id = JsonEncodedText.Encode("id"), Name = JsonEncodedText.Encode("name"), State = JsonEncodedText.Encode("state"),
        OutcomeMember = JsonEncodedText.Encode("outcome"), Reason = JsonEncodedText.Encode("reason"), CreatedAt = JsonEncodedText.Encode("createdAt"),
        Deadline = JsonEncodedText.Encode("deadline"), DecidedAt = JsonEncodedText.Encode("decidedAt"),
        CompletedAt = JsonEncodedText.Encode("completedAt"), Labels = JsonEncodedText.Encode("labels"), Branches = JsonEncodedText.Encode("branches"),
        History = JsonEncodedText.Encode("history"), Participant = JsonEncodedText.Encode("participant"), VoteMember = JsonEncodedText.Encode("vote"),
        Attempts = JsonEncodedText.Encode("attempts"), LastError = JsonEncodedText.Encode("lastError"),
        NextAttemptAt = JsonEncodedText.Encode("nextAttemptAt"), At = JsonEncodedText.Encode("at");

    public static void Write(Utf8JsonWriter json, TransactionDocument document)
    {
        json.WriteStartObject();
        json.WriteString(Id, document.Id.ToGuid());
        json.WriteString(Name, document.Name);
        json.WriteString(State, NameOf(document.State));
        json.WriteString(OutcomeMember, NameOf(document.Outcome));
        json.WritePropertyName(Reason);
        WriteReason(json, document.Reason);
        Time(json, CreatedAt, document.CreatedAt);
        Time(json, Deadline, document.Deadline);
        Time(json, DecidedAt, document.DecidedAt);
        Time(json, CompletedAt, document.CompletedAt);
        json.WriteStartObject(Labels);
        foreach (var (name, value) in document.Labels)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartArray(Branches);
        foreach (var branch in document.Branches)
        {
            Write(json, branch);
        }

        json.WriteEndArray();
        json.WriteStartArray(History);
        foreach (var change in document.History)
        {
            json.WriteStartObject();
            json.WriteString(State, NameOf(change.State));
            Time(json, At, change.At);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BranchDocument branch)
    {
        if (branch.Heuristic is not null)
        {
            // Rare enough for the serializer.
            JsonSerializer.Serialize(json, branch, ContractJson.Default.BranchDocument);
            return;
        }

        json.WriteStartObject();
        json.WriteString(Id, branch.Id);
        json.WriteString(Participant, branch.Participant);
        json.WriteString(State, NameOf(branch.State));
        json.WriteString(VoteMember, NameOf(branch.Vote));
        json.WriteNumber(Attempts, branch.Attempts);
        json.WriteString(LastError, branch.LastError);
        Time(json, NextAttemptAt, branch.NextAttemptAt);
        json.WriteEndObject();
    }

    private static void WriteReason(Utf8JsonWriter json, AbortReason? reason)
    {
        if (reason is null)
        {
            json.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(json, reason, ContractJson.Default.AbortReason);
        }
    }

    private static void Time(Utf8JsonWriter json, JsonEncodedText name, DateTimeOffset? time)
    {
        if (time is not { } known)
        {
            json.WriteNull(name);
            return;
        }

        Span<byte> text = stackalloc byte[TimeFormat.Length];
        known.UtcDateTime.TryFormat(text, out var length, TimeFormat, CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }

    private static string NameOf(TransactionState state) => state switch
    {
        TransactionState.Active => "active",
        TransactionState.Preparing => "preparing",
        TransactionState.Prepared => "prepared",
        TransactionState.Committing => "committing",
        TransactionState.Committed => "committed",
        TransactionState.Aborting => "aborting",
        TransactionState.Aborted => "aborted",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "not a state"),
    };

    private static string? NameOf(Outcome? outcome) => outcome switch
    {
        null => null,
        Outcome.Committed => "committed",
        Outcome.Aborted => "aborted",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "not an outcome"),
    };

    private static string? NameOf(Vote? vote) => vote switch
    {
        null => null,
        Vote.Yes => "yes",
        Vote.No => "no",
        Vote.ReadOnly => "readOnly",
        _ => throw new ArgumentOutOfRangeException(nameof(vote), vote, "not a vote"),
    };

    private static string NameOf(BranchState state) => state switch
    {
        BranchState.Enlisted => "enlisted",
        BranchState.Preparing => "preparing",
        BranchState.Prepared => "prepared",
        BranchState.ReadOnly => "read-only",
        BranchState.Refused => "refused",
        BranchState.Committing => "committing",
        BranchState.Committed => "committed",
        BranchState.Aborting => "aborting",
        BranchState.Aborted => "aborted",
        BranchState.Hazard => "hazard",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "not a state"),
    };
}
