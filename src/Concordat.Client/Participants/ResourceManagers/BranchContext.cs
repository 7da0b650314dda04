using System.Text.Json;
using Concordat.Core.Participation;

namespace Concordat.Client.Participants;

/// <summary>The branch that a resource manager is asked about.</summary>
public sealed class BranchContext
{
    private readonly BranchTerms _terms;
    private IReadOnlyList<Operation>? _operations;

    internal BranchContext(BranchKey key, BranchTerms terms, string? evidence = null)
    {
        _terms = terms;
        TransactionId = key.Transaction;
        BranchId = key.Branch;
        Evidence = evidence;
    }

    public TransactionId TransactionId { get; }

    public string BranchId { get; }

    /// <summary>
    /// <c>transaction/branch</c>, at most 101 ASCII characters: what a store of its own recognises the branch by when it is asked twice.
    /// </summary>
    public string Key => $"{TransactionId}/{BranchId}";

    /// <summary>When the transaction was created, on the coordinator's clock.</summary>
    public DateTimeOffset CreatedAt => _terms.CreatedAt.ToDateTimeOffset();

    /// <summary>Until when the coordinator decides; null in one phase.</summary>
    public DateTimeOffset? Deadline => _terms.Deadline?.ToDateTimeOffset();

    /// <summary>What the branch is to do. With commit and rollback too.</summary>
    /// <exception cref="JsonException">They are not operations.</exception>
    public IReadOnlyList<Operation> Operations => _operations ??= Parse();

    /// <summary>With commit and rollback: the evidence of the vote, where the coordinator sent it back.</summary>
    public string? Evidence { get; }

    private IReadOnlyList<Operation> Parse() =>
        _terms.Operations.Length == 0 ? [] : JsonSerializer.Deserialize(_terms.Operations, ContractJson.Default.IReadOnlyListOperation) ?? [];
}
