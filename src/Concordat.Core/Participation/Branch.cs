namespace Concordat.Core.Participation;

/// <summary>Where a branch stands. The diagram is at the head of <see cref="ParticipantMachine"/>.</summary>
internal enum BranchPhase
{
    /// <summary>Its prepare runs, or has failed and may be repeated. Nothing is promised: it may be undone at any time.</summary>
    Preparing = 1,

    /// <summary>Yes is recorded. From here on only the coordinator's word ends it.</summary>
    Prepared = 2,

    /// <summary>The outcome is known and the resource manager has to carry it out.</summary>
    Ending = 3,

    /// <summary>Tombstone: committed, recorded.</summary>
    Committed = 4,

    /// <summary>Tombstone: rolled back, recorded.</summary>
    RolledBack = 5,

    /// <summary>Voted no or read-only. Remembered in memory only.</summary>
    Left = 6,
}

/// <summary>One branch, live or remembered.</summary>
internal sealed class Branch(BranchKey key, BranchTerms terms) : TimerNode
{
    public BranchKey Key { get; } = key;

    /// <summary>Without the operations once it has ended.</summary>
    public BranchTerms Terms { get; set; } = terms;

    public BranchPhase Phase { get; set; } = BranchPhase.Preparing;
    public bool OnePhase { get; init; }

    /// <summary>Its <see cref="Records.ParticipantRecord.Prepared"/> is written.</summary>
    public bool Promised { get; set; }

    /// <summary>A call to the resource manager is under way. At most one is.</summary>
    public bool Running { get; set; }

    /// <summary>What to do, once known. Set while preparing it can only be <see cref="Outcome.Aborted"/>. It never changes.</summary>
    public Outcome? Decided { get; set; }

    public Vote Vote { get; set; } = Vote.Yes;
    public string? Reason { get; set; }

    /// <summary>The evidence of its own vote, for a repeated prepare.</summary>
    public string? Evidence { get; set; }

    /// <summary>What came back with the outcome.</summary>
    public string? DecisionEvidence { get; set; }

    /// <summary>The last record about it: every answer that speaks of its state waits for it. 0 where a replay brought it.</summary>
    public ulong Record { get; set; }

    /// <summary>Who waits for the vote (in one phase: for the outcome).</summary>
    public List<Caller> VoteCallers { get; } = [];

    /// <summary>Who waits for the acknowledgement.</summary>
    public List<Caller> EndCallers { get; } = [];

    /// <summary>Inquiries, or attempts of the resource manager, that came to nothing, in a row.</summary>
    public int Failures { get; set; }

    public bool Asking { get; set; }
    public bool QueuedToAsk { get; set; }

    /// <summary>Bytes of the log that are set aside for the records it still has to write.</summary>
    public long Reserved { get; set; }

    public bool IsLive => Phase is BranchPhase.Preparing or BranchPhase.Prepared or BranchPhase.Ending;
}
