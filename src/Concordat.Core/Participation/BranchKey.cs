namespace Concordat.Core.Participation;

/// <summary>What a branch is known by everywhere: everything that a participant does is idempotent per this pair.</summary>
public readonly record struct BranchKey(TransactionId Transaction, string Branch)
{
    public override string ToString() => $"{Transaction}/{Branch}";
}

/// <summary>What a branch is asked to promise, and until when the question is worth an answer.</summary>
public sealed record BranchTerms
{
    /// <summary>On the coordinator's own clock; compared with its <c>endedBefore</c> and with nothing else.</summary>
    public required Timestamp CreatedAt { get; init; }

    /// <summary>Until when the coordinator decides, on the wall clock. Null in a one-phase call, which has none.</summary>
    public Timestamp? Deadline { get; init; }

    /// <summary>Where the coordinator says that it can be asked. The host decides whether it believes that.</summary>
    public string? InquiryUrl { get; init; }

    /// <summary>The operations as raw JSON. The machine keeps them and never reads them.</summary>
    public byte[] Operations { get; init; } = [];
}
