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

    /// <summary>How the server sweeps it; absent where the server does not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResourceAgentDocument? Agent { get; init; }
}

/// <summary>What an agent has seen of its database.</summary>
public sealed record ResourceAgentDocument
{
    public required double IntervalSeconds { get; init; }

    /// <summary>When the last sweep that came to its end listed the database; null before the first.</summary>
    public DateTimeOffset? LastSweepAt { get; init; }

    /// <summary>Why it cannot be swept now; null while it can.</summary>
    public string? Failure { get; init; }

    /// <summary>How many branches the last sweep found prepared and left so, by class. Those that it finished are not counted.</summary>
    public IReadOnlyDictionary<string, int> Prepared { get; init; } = new Dictionary<string, int>();

    /// <summary>The age of the oldest of them when they were listed; null where the database does not say, or there is none.</summary>
    public double? OldestAgeSeconds { get; init; }
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

/// <summary>The body of <c>POST /v1/resources/{name}/prepared</c>: a listing that somebody else has made, of which it is asked what it means.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LookRequest
{
    /// <summary>Which database was listed.</summary>
    public required string Identity { get; init; }

    /// <summary>The names of what is prepared there.</summary>
    public required IReadOnlyList<string> Prepared { get; init; }
}

/// <summary>What is prepared on a database, joined with the log.</summary>
public sealed record PreparedList
{
    public required IReadOnlyList<PreparedDocument> Items { get; init; }
}

/// <summary>One prepared branch. What the database does not say is null.</summary>
public sealed record PreparedDocument
{
    /// <summary>As its database calls it.</summary>
    public required string Name { get; init; }

    public required PreparedClass Class { get; init; }

    /// <summary>Null of a foreign one.</summary>
    public PreparedTransaction? Transaction { get; init; }

    /// <summary>Since it was prepared (PostgreSQL), or since it began (MariaDB, MySQL).</summary>
    public double? AgeSeconds { get; init; }

    /// <summary>The user, and the session where that is known.</summary>
    public string? Owner { get; init; }

    /// <summary>How many locks it holds.</summary>
    public int? Locks { get; init; }

    public IReadOnlyList<string> LockedTables { get; init; } = [];
}

/// <summary>Whose branch it is. Name and state are null where the coordinator does not know the transaction (any more).</summary>
public sealed record PreparedTransaction
{
    public required TransactionId Id { get; init; }
    public string? Name { get; init; }
    public TransactionState? State { get; init; }
    public Outcome? Outcome { get; init; }
}

/// <summary>What one sweep found and did.</summary>
public sealed record ReconcileAnswer
{
    /// <summary>When the database was listed.</summary>
    public required DateTimeOffset ListedAt { get; init; }

    /// <summary>Branches that were prepared, and what was to become of them.</summary>
    public required IReadOnlyList<ReconciledBranch> Prepared { get; init; }

    /// <summary>How many of them were committed or rolled back now.</summary>
    public required int Finished { get; init; }

    /// <summary>How many branches the coordinator took for done because they are not prepared any more.</summary>
    public required int Done { get; init; }

    /// <summary>Of how many branches the database's word was passed on.</summary>
    public required int Reported { get; init; }

    /// <summary>How many markers of ended branches were removed.</summary>
    public required int Forgotten { get; init; }

    /// <summary>What could not be finished or looked up; the next sweep tries again.</summary>
    public required IReadOnlyList<ReconcileFailure> Failures { get; init; }
}

/// <param name="Branch">As its database calls it.</param>
/// <param name="Finished">Whether it was committed or rolled back now.</param>
public sealed record ReconciledBranch(string Branch, PreparedClass Class, bool Finished);

public sealed record ReconcileFailure(string Branch, string Error);

/// <summary>The body of <c>POST /v1/resources/{name}/ended</c>: transactions of which a database has kept a marker.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EndedRequest
{
    public required string Identity { get; init; }

    /// <summary>At most 1,000.</summary>
    public required IReadOnlyList<TransactionId> Transactions { get; init; }
}

public sealed record EndedAnswer
{
    /// <summary>In the order of the question: true where nobody will ever ask again what became of its branches.</summary>
    public required IReadOnlyList<bool> Ended { get; init; }
}
