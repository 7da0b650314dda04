using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;

namespace Concordat.Core.Tests.Golden;

/// <summary>A participant's records of every type, with every field set and with none.</summary>
internal static class SampleParticipantRecords
{
    private static readonly Timestamp At = new(1_790_000_000_000);
    private static readonly BranchKey Key = new(new TransactionId(1, 2, 3), "branch-1");
    private static readonly LogOwner Owner = new("bank-a", HasOwnStore: true, Run: 7);

    private static readonly BranchTerms Full = new()
    {
        CreatedAt = At,
        Deadline = At + TimeSpan.FromMinutes(1),
        InquiryUrl = "http://127.0.0.1:7070/v1/transactions/x/outcome?branch=1",
        Operations = "[{\"type\":\"debit\"}]"u8.ToArray(),
    };

    private static readonly BranchTerms Bare = new() { CreatedAt = At };

    internal static IEnumerable<ParticipantRecord> All() =>
    [
        new ParticipantRecord.Opened(Owner),
        new ParticipantRecord.Preparing(Key, Full, At, OnePhase: false),
        new ParticipantRecord.Prepared(Key, Full, At, OnePhase: false, "evidence"),
        new ParticipantRecord.Prepared(Key, Bare, At, OnePhase: true, Evidence: null),
        new ParticipantRecord.Committed(Key, At, At, OnePhase: false, Vote.Yes, Evidence: null, Operations: null),
        new ParticipantRecord.Committed(Key, At, At, OnePhase: true, Vote.ReadOnly, "evidence", Full.Operations),
        new ParticipantRecord.RolledBack(Key, At, At, "no funds"),
        new ParticipantRecord.RolledBack(Key, At, At, Reason: null),
        new ParticipantRecord.Left(Key, Vote.No),
        new ParticipantRecord.Applied([1, 2, 3]),
        new ParticipantRecord.CheckpointStarted(Owner, [new EndedMark(5, At)]),
        new ParticipantRecord.ResourceState([9, 8, 7]),
        new ParticipantRecord.CheckpointEnded(1, 1),
    ];
}
