using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The body of <c>PUT /v1/resources/{name}</c>, and of <c>POST …/sweeps</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ResourceRequest
{
    /// <summary>Which database it is, in words that no other one has: 1 to 256 visible ASCII characters.</summary>
    public required string Identity { get; init; }
}

/// <summary>A database that takes part without a service before it.</summary>
public sealed record ResourceDocument
{
    public required string Name { get; init; }
    public required string Identity { get; init; }

    /// <summary>Branches of transactions that have not ended.</summary>
    public int Unfinished { get; init; }

    /// <summary>Of those, branches that are decided to commit and of which nobody has said yet that they have.</summary>
    public int Awaited { get; init; }
}

public sealed record ResourceList
{
    public required IReadOnlyList<ResourceDocument> Items { get; init; }
}

/// <summary>The body of <c>POST /v1/transactions/{id}/commit</c>, where it has one: branches of resources, with their votes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CommitRequest
{
    public IReadOnlyList<BranchRequest>? Branches { get; init; }
}

/// <summary>A sweep has begun: list what is prepared now, not before.</summary>
public sealed record SweepDocument
{
    /// <summary>The last part of the path that ends the sweep.</summary>
    public required string Ticket { get; init; }

    /// <summary>Branches decided to commit of which the database's word is wanted, oldest first.</summary>
    public required IReadOnlyList<AwaitedBranch> Awaiting { get; init; }

    /// <summary>There are more of them: the next sweep asks for those.</summary>
    public bool More { get; init; }
}

/// <param name="Evidence">What came with its vote, or with its wish to commit in one phase.</param>
/// <param name="DecidedAt">Null in one phase: what the database says is the decision.</param>
public sealed record AwaitedBranch(TransactionId TransactionId, string BranchId, string Evidence, DateTimeOffset? DecidedAt);

/// <summary>The body of <c>POST /v1/resources/{name}/sweeps/{ticket}</c>: the names of all that is prepared on the database, of whomever.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ListingRequest
{
    public required IReadOnlyList<string> Prepared { get; init; }
}

public sealed record ListingAnswer
{
    /// <summary>What to do with each, in the order of the listing.</summary>
    public required IReadOnlyList<PreparedClass> Prepared { get; init; }

    /// <summary>How many branches were taken for done because they are not prepared any more.</summary>
    public int Done { get; init; }
}

/// <summary>The body of <c>POST /v1/resources/{name}/reports</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReportsRequest
{
    public required IReadOnlyList<BranchReport> Reports { get; init; }
}

/// <summary>What became of a branch, as its database says.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BranchReport(TransactionId TransactionId, string BranchId, Fate Fate);

public sealed record ReportsAnswer
{
    /// <summary>In the order of the reports.</summary>
    public required IReadOnlyList<ReportAnswer> Reports { get; init; }
}

/// <param name="Problem">The type of the problem that kept it from being taken; null where it was.</param>
public sealed record ReportAnswer(string? Problem, string? Detail);
