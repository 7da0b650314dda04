namespace Concordat.Cli.Checking;

/// <summary>What the coordinator's log says of one transaction. Positions are -1 where there is no such record.</summary>
internal sealed class TransactionFacts
{
    /// <summary>On the coordinator's clock, in milliseconds.</summary>
    internal required long CreatedAt { get; init; }

    internal required long BegunAt { get; init; }

    /// <summary>A checkpoint holds its begin, or a person settled it unseen: "Begun", "TransactionSnapshot", "UnknownSettled".</summary>
    internal required string BegunBy { get; init; }

    internal Outcome? Decision { get; set; }
    internal long DecidedAt { get; set; } = -1;
    internal long DecidedTime { get; set; }
    internal Outcome? End { get; set; }
    internal long EndedAt { get; set; } = -1;
    internal long EndedTime { get; set; }
    internal bool OnePhase { get; set; }

    /// <summary>A person said what became of a transaction that this log never saw.</summary>
    internal bool IsSettledUnseen { get; set; }

    /// <summary>Decided or ended after the participants' logs were read: they need not show it yet.</summary>
    internal bool IsLate { get; set; }

    internal BranchFacts[] Branches { get; set; } = [];

    internal Outcome? Outcome => Decision ?? End;
}

internal struct BranchFacts
{
    internal string Id;
    internal string Participant;

    /// <summary>A commit decision counts its yes.</summary>
    internal bool VotedYes;

    internal bool IsSettledByHand;

    /// <summary>As the end has it.</summary>
    internal BranchState? EndState;
}
