using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Transactions;

/// <summary>
/// One participant's share of a transaction, as the coordinator sees it. Also the timer of its next attempt.
/// <code>
///  enlisted ──▶ preparing ──yes──▶ prepared ──▶ committing ──ack──▶ committed
///                  │ │                │             │  ▲
///                  │ └─readOnly─▶ read-only     410 ▼  │ done
///                  └───no──▶ refused               hazard
///  enlisted, preparing, prepared ──▶ aborting ──ack──▶ aborted
/// </code>
/// </summary>
internal sealed class Branch : Delivered
{
    internal Branch(Transaction transaction, int index, BranchHeader header, Participant participant)
        : base(participant)
    {
        Transaction = transaction;
        Index = index;
        Header = header;
    }

    internal Transaction Transaction { get; }

    /// <summary>Its place in the transaction, from 0.</summary>
    internal int Index { get; }

    internal BranchHeader Header { get; }

    /// <summary>Dropped when the vote is in: nobody asks again.</summary>
    internal ReadOnlyMemory<byte> Operations;

    internal BranchState State;

    internal Vote? Vote;

    internal string? Evidence;

    internal BranchSettlement? Settlement;

    internal CallKey Key => new(Transaction.Id, Index, Attempt);

    internal override CallQueue Line => State == BranchState.Preparing ? Participant.Prepares : Participant.Completions;

    internal bool AwaitsOutcome => State is BranchState.Committing or BranchState.Aborting or BranchState.Hazard;

    internal override Effect MakeCall(CoordinatorState s) => CallMaker.Make(s, this);

    internal override Effect Cancel() => new CancelCall(Key);
}

/// <summary>How a person settled it.</summary>
internal sealed record BranchSettlement(Settlement As, string Who, string Why, Timestamp At);
