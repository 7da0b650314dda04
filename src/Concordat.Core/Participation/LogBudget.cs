using Concordat.Core.Participation.Records;

namespace Concordat.Core.Participation;

using static Concordat.Core.Participation.Records.ParticipantRecord;

/// <summary>
/// How many bytes of log a record takes at most, so that room can be set aside before a promise is made. Generous: it covers the
/// frame, the fields, and every text at its longest.
/// </summary>
public static class LogBudget
{
    /// <summary>Enough for a <see cref="Committed"/> or <see cref="RolledBack"/> without operations.</summary>
    public const int OutcomeBytes = 1024;

    /// <summary>Reasons are cut to this, so that a record's size has a bound. In characters; UTF-8 takes up to three times as much.</summary>
    public const int MaxReasonCharacters = 200;

    public const int MaxEvidenceBytes = 256;

    /// <summary>A longer address is no address. In characters.</summary>
    public const int MaxInquiryUrlCharacters = 1024;

    private const int FixedBytes = 256;

    public static long SizeOf(ParticipantRecord record) => record switch
    {
        Preparing r => PromiseBytes(r.Terms),
        Prepared r => PromiseBytes(r.Terms),
        Committed { Operations: { } operations } => OutcomeBytes + operations.Length,
        Applied r => ChangeBytes(r.Change),
        ResourceState r => FixedBytes + r.Piece.Length,
        CheckpointStarted r => FixedBytes + 20L * r.Marks.Count,
        _ => OutcomeBytes,
    };

    /// <summary>Enough for a <see cref="Preparing"/> or a <see cref="Prepared"/>.</summary>
    public static long PromiseBytes(BranchTerms terms) =>
        FixedBytes + MaxEvidenceBytes + terms.Operations.Length + 3L * (terms.InquiryUrl?.Length ?? 0);

    public static long ChangeBytes(byte[] change) => FixedBytes + change.Length;
}
