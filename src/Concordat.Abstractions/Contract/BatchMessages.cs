using System.Text.Json;
using System.Text.Json.Serialization;

namespace Concordat;

/// <summary>The body of <c>POST /v1/transactions/begins</c>: transactions to begin, at most 100.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BeginsRequest
{
    public required IReadOnlyList<BeginItem> Transactions { get; init; }
}

/// <summary>As a <see cref="TransactionRequest"/> without branches.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BeginItem
{
    public string? Name { get; init; }
    public double? TimeoutSeconds { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>In place of the header of a call of its own.</summary>
    public string? Traceparent { get; init; }
}

/// <summary>The body of <c>POST /v1/transactions/commits</c>: transactions to commit, at most 100.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CommitsRequest
{
    public required IReadOnlyList<CommitItem> Commits { get; init; }
}

/// <summary>As a <see cref="CommitRequest"/>, and of which transaction.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CommitItem
{
    public required TransactionId Id { get; init; }
    public IReadOnlyList<BranchRequest>? Branches { get; init; }
}

/// <summary>What is answered to several at once, in their order.</summary>
public sealed record BatchDocument
{
    public required IReadOnlyList<BatchAnswer> Answers { get; init; }
}

/// <summary>What a call of its own would have been answered.</summary>
public sealed record BatchAnswer
{
    /// <summary>202: there is no answer yet. It was taken in; ask again, by a call of its own.</summary>
    public required int Status { get; init; }

    /// <summary>Where it succeeded.</summary>
    public TransactionDocument? Document { get; init; }

    /// <summary>Where it did not: the problem document.</summary>
    public JsonElement? Problem { get; init; }

    /// <summary>Of a 503.</summary>
    public double? RetryAfterSeconds { get; init; }
}
