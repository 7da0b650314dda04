namespace Concordat.Cli.Checking;

/// <summary>What a participant's log says of one branch. Positions are -1 where there is no such record.</summary>
internal struct PromiseFacts
{
    /// <summary>As the coordinator said it; 0 where the record does not have it.</summary>
    internal long CreatedAt;
    internal long PreparedAt;
    internal long EndedAt;
    internal Outcome? Outcome;

    /// <summary>One phase, and nothing to commit.</summary>
    internal bool IsReadOnly;

    /// <summary>The last checkpoint that had it.</summary>
    internal int Checkpoint;

    /// <summary>The last audit that judged it.</summary>
    internal int Judged;

    internal readonly bool IsPromised => PreparedAt >= 0;
}
