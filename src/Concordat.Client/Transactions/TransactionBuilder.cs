namespace Concordat.Client;

/// <summary>
/// Puts a <see cref="TransactionRequest"/> together.
/// <code>
/// var request = new TransactionBuilder("transfer")
///     .WithTimeout(TimeSpan.FromSeconds(20))
///     .WithBranch("bank-a", Operations.Of("debit", "alice", new { amount = 100 }))
///     .WithBranch("bank-b", Operations.Of("credit", "bob", new { amount = 100 }))
///     .Build();
/// </code>
/// </summary>
public sealed class TransactionBuilder(string? name = null)
{
    private readonly List<BranchRequest> _branches = [];
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);
    private TimeSpan? _timeout;

    /// <summary>Bounds the time to the decision: more than 0, at most a day. Default one minute.</summary>
    public TransactionBuilder WithTimeout(TimeSpan timeout)
    {
        _timeout = timeout;
        return this;
    }

    public TransactionBuilder WithLabel(string key, string value)
    {
        _labels[key] = value;
        return this;
    }

    /// <summary>A participant may have several branches.</summary>
    public TransactionBuilder WithBranch(string participant, params Operation[] operations)
    {
        _branches.Add(new BranchRequest { Participant = participant, Operations = operations });
        return this;
    }

    public TransactionRequest Build() => new()
    {
        Name = name,
        TimeoutSeconds = _timeout?.TotalSeconds,
        Labels = _labels.Count == 0 ? null : new Dictionary<string, string>(_labels, StringComparer.Ordinal),
        Branches = [.. _branches],
    };
}
