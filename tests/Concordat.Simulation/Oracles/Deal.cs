using Concordat.Core;

namespace Concordat.Simulation;

/// <summary>What the world knows of one transaction, from the bytes on disks and the messages on the network.</summary>
internal sealed class Deal(TransactionId id)
{
    internal TransactionId Id { get; } = id;

    internal List<DealBranch> Branches { get; } = [];

    /// <summary>Its begin stands, or stood, in the coordinator's log.</summary>
    internal bool IsOnRecord { get; set; }

    /// <summary>Its begin stands in the log as it is now.</summary>
    internal bool IsInLog { get; set; }

    /// <summary>How many branches the coordinator's log names. One that it has lost was not durable: its participant asks, and is told.</summary>
    internal int BranchesOnRecord { get; set; }

    /// <summary>When it was asked for at the earliest, and in which life of the coordinator it was first heard of.</summary>
    internal TimeSpan AskedAt { get; set; }

    internal required int BegunIn { get; init; }

    internal TimeSpan Timeout { get; set; }

    internal bool OnePhase { get; set; }

    /// <summary>So it may have been called.</summary>
    internal bool IsOnePhaseDurable { get; set; }

    /// <summary>The decision in the coordinator's log, as it is now.</summary>
    internal Outcome? Decided { get; set; }

    internal bool IsDecisionDurable { get; set; }

    internal Outcome? Ended { get; set; }

    internal bool IsEndDurable { get; set; }

    /// <summary>On the coordinator's own clock. The end of time where nobody has heard of it yet.</summary>
    internal Timestamp CreatedAt { get; set; } = Timestamp.Last;

    /// <summary>When the coordinator heard the last answer of a branch: it ended then at the earliest.</summary>
    internal TimeSpan LastHeardAt { get; set; }

    /// <summary>With a slow disk the world sees a transaction long after the coordinator has ended it.</summary>
    internal TimeSpan EndedNotBefore => LastHeardAt > AskedAt ? LastHeardAt : AskedAt;

    /// <summary>A request under an idempotency key was answered with it.</summary>
    internal bool ToldUnderKey { get; set; }

    /// <summary>It was forgotten, or lost unheard of, and its key began another one.</summary>
    internal bool IsSucceeded { get; set; }

    /// <summary>Durably committed at some time: no restored copy takes that back.</summary>
    internal bool WasCommitted { get; set; }

    /// <summary>Somebody was told so.</summary>
    internal bool ToldAborted { get; set; }

    internal bool ToldCommitted { get; set; }

    internal bool RollbackAsked { get; set; }

    internal bool Settled { get; set; }

    /// <summary>The saga of which it is a step, or undoes one.</summary>
    internal Errand? OfSaga { get; set; }

    internal bool IsCompensation { get; set; }

    /// <summary>Keys that are locked for it on record, durably, and how.</summary>
    internal Dictionary<string, LockMode> DurableLocks { get; } = new(StringComparer.Ordinal);

    /// <summary>Who was given a lock that it was told it holds, before it ended: it can never commit.</summary>
    internal Deal? LostALockTo { get; set; }

    /// <summary>Its amounts are in the ledger.</summary>
    internal bool IsCounted { get; set; }

    internal bool IsCommitted => Decided == Outcome.Committed && IsDecisionDurable;

    /// <summary>A branch by its place; what a call or a record says of it is kept.</summary>
    internal DealBranch At(int place, string id, int participant)
    {
        while (Branches.Count <= place)
        {
            Branches.Add(new DealBranch());
        }

        (Branches[place].Id, Branches[place].Participant) = (id, participant);
        return Branches[place];
    }

    internal DealBranch? Find(string branch)
    {
        foreach (var b in Branches)
        {
            if (b.Id == branch)
            {
                return b;
            }
        }

        return null;
    }
}

internal sealed class DealBranch
{
    internal string Id { get; set; } = "";

    internal int Participant { get; set; }

    /// <summary>Votes that reached the coordinator in its present life.</summary>
    internal bool SaidYes { get; set; }

    internal bool SaidNo { get; set; }

    internal bool SaidReadOnly { get; set; }

    internal bool Rejected { get; set; }

    /// <summary>A no or read-only that reached the coordinator in any life.</summary>
    internal bool Left { get; set; }

    /// <summary>Acknowledgements that reached the coordinator, in any life.</summary>
    internal bool CommitAcknowledged { get; set; }

    internal bool RollbackAcknowledged { get; set; }

    internal bool Settled { get; set; }

    /// <summary>What the participant's disk says.</summary>
    internal bool PreparedDurable { get; set; }

    /// <summary>In one phase its yes is the decision.</summary>
    internal bool DecidedThere { get; set; }

    internal bool CommittedWritten { get; set; }

    internal bool CommittedDurable { get; set; }

    internal bool RolledBackWritten { get; set; }

    internal bool RolledBackDurable { get; set; }

    /// <summary>Its participant has acknowledged a rollback.</summary>
    internal bool SaidRolledBack { get; set; }

    /// <summary>It promised, and its log knows no end. A store of its own may have got further.</summary>
    internal bool IsInDoubt => PreparedDurable && !CommittedDurable && !RolledBackDurable;

    /// <summary>Gave its promise up although it had prepared: from here on a commit would break it.</summary>
    internal bool GaveUp { get; set; }
}
