namespace Concordat.Client;

/// <summary>A scope's transaction at the coordinator.</summary>
/// <param name="Resources">The databases that may be used inside, and which they are.</param>
/// <param name="Begun">When, by the clock that does not jump.</param>
internal sealed record JoinedScope(TransactionId Id, IReadOnlyDictionary<string, string> Resources, TimeSpan Timeout, long Begun)
{
    /// <summary>
    /// The decision's request, the same each time. The drivers have prepared before it is sent: each resource votes yes, and which of its branches are prepared
    /// nobody but the database knows, so there is no evidence. The branch ids are none that a service that enlists would choose.
    /// </summary>
    public CommitRequest Votes { get; } = new()
    {
        Branches = Resources.Count == 0 ? null : [.. Resources.Select((r, i) => new BranchRequest { Participant = r.Key, BranchId = $"scope.{i + 1}", Vote = Vote.Yes, Identity = r.Value })],
    };
}
