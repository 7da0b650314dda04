using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The body of <c>PUT /v1/participants/{name}</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ParticipantRequest
{
    public required string Url { get; init; }

    /// <summary>It can prepare and commit in one call when it is the only branch.</summary>
    public bool OnePhase { get; init; }

    /// <summary>It asks for the outcome by itself, so its transactions' begin need not be durable before the first prepare.</summary>
    public bool Inquires { get; init; }
}

public sealed record ParticipantDocument
{
    public required string Name { get; init; }
    public required string Url { get; init; }
    public bool OnePhase { get; init; }
    public bool Inquires { get; init; }

    /// <summary><c>up</c>, or <c>down</c> since its last connection failure or 503.</summary>
    public string? State { get; init; }

    /// <summary>Branches that have not ended.</summary>
    public int? Unfinished { get; init; }
}

public sealed record ParticipantList
{
    public required IReadOnlyList<ParticipantDocument> Items { get; init; }
}

/// <summary>What <c>POST {url}/prepare</c> carries.</summary>
public sealed record PrepareCall
{
    public required TransactionId TransactionId { get; init; }
    public required string BranchId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Every transaction of this coordinator that was created before has ended.</summary>
    public required DateTimeOffset EndedBefore { get; init; }
    public string? InquiryUrl { get; init; }
    public IReadOnlyList<Operation>? Operations { get; init; }
}

/// <summary>What a participant answers to prepare, and to a commit in one phase.</summary>
public sealed record PrepareAnswer
{
    public required Vote Vote { get; init; }
    public string? Reason { get; init; }

    /// <summary>At most 256 bytes of UTF-8: kept with the decision, sent back with commit and rollback.</summary>
    public string? Evidence { get; init; }
}

/// <summary>What <c>POST {url}/commit</c> and <c>POST {url}/rollback</c> carry.</summary>
public sealed record CompleteCall
{
    public required TransactionId TransactionId { get; init; }
    public required string BranchId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset EndedBefore { get; init; }
    public string? Evidence { get; init; }

    /// <summary>Prepare and commit in one call; the answer is a <see cref="PrepareAnswer"/>.</summary>
    public bool OnePhase { get; init; }
    public IReadOnlyList<Operation>? Operations { get; init; }
}

/// <summary>The answer to <c>GET /v1/transactions/{id}/outcome</c>.</summary>
/// <param name="Presumed">True where nothing is known and the protocol presumes abort.</param>
public sealed record InquiryAnswer(InquiryOutcome Outcome, bool Presumed);
