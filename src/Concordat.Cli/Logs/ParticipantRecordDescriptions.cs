using System.Text.Json.Nodes;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using static Concordat.Cli.Logs.RecordDescription;

namespace Concordat.Cli.Logs;

/// <summary>Every record of a participant, as fields.</summary>
internal static class ParticipantRecordDescriptions
{
    internal static RecordDescription Describe(byte type, ReadOnlySpan<byte> payload)
    {
        var record = ParticipantRecordCodec.Read(type, payload);
        var transaction = record is ParticipantRecord.OfBranch of ? of.Key.Transaction : (TransactionId?)null;
        return new RecordDescription(record.GetType().Name, At: null, transaction, Fields(record));
    }

    private static JsonObject Fields(ParticipantRecord record) => record switch
    {
        ParticipantRecord.Preparing r => Promise(r.Key, r.Terms, r.OnePhase, evidence: null),
        ParticipantRecord.Prepared r => Promise(r.Key, r.Terms, r.OnePhase, r.Evidence),
        ParticipantRecord.Committed r => Object(
            ("branchId", r.Key.Branch),
            ("createdAt", r.CreatedAt.ToString()),
            ("endedBefore", r.EndedBefore.ToString()),
            ("onePhase", r.OnePhase),
            ("vote", Wire.Name(r.Vote)),
            ("evidence", r.Evidence),
            ("operations", Operations(r.Operations))),
        ParticipantRecord.RolledBack r => Object(
            ("branchId", r.Key.Branch), ("createdAt", r.CreatedAt.ToString()), ("endedBefore", r.EndedBefore.ToString()), ("reason", r.Reason)),
        ParticipantRecord.Left r => Object(("branchId", r.Key.Branch), ("vote", Wire.Name(r.Vote))),
        ParticipantRecord.Applied r => Object(("change", Content(r.Change))),
        ParticipantRecord.Opened r => Owner(r.Owner),
        ParticipantRecord.CheckpointStarted r => Started(r),
        ParticipantRecord.ResourceState r => Object(("bytes", r.Piece.Length)),
        ParticipantRecord.CheckpointEnded r => Object(("branches", r.Branches), ("pieces", r.Pieces)),
        _ => Object(("text", record.ToString())),
    };

    private static JsonObject Promise(BranchKey key, BranchTerms terms, bool onePhase, string? evidence) => Object(
        ("branchId", key.Branch),
        ("createdAt", terms.CreatedAt.ToString()),
        ("deadline", terms.Deadline?.ToString()),
        ("onePhase", onePhase),
        ("inquiryUrl", terms.InquiryUrl),
        ("evidence", evidence),
        ("operations", Operations(terms.Operations)));

    private static JsonObject Started(ParticipantRecord.CheckpointStarted record)
    {
        var fields = Owner(record.Owner);
        fields.Add("marks", Array(record.Marks, m => Object(("coordinator", m.Coordinator), ("endedBefore", m.EndedBefore.ToString()))));
        return fields;
    }

    private static JsonObject Owner(LogOwner owner) =>
        Object(("participant", owner.Participant), ("hasOwnStore", owner.HasOwnStore), ("run", owner.Run));

    /// <summary>The resource manager's own bytes: shown where they are JSON.</summary>
    private static JsonNode? Content(byte[] bytes)
    {
        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (System.Text.Json.JsonException)
        {
            return $"{bytes.Length} bytes";
        }
    }
}
