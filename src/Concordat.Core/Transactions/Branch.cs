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
internal sealed class Branch : TimerNode
{
    internal Branch(Transaction transaction, int index, BranchHeader header, Participant participant)
    {
        Transaction = transaction;
        Index = index;
        Header = header;
        Participant = participant;
    }

    internal Transaction Transaction { get; }

    /// <summary>Its place in the transaction, from 0.</summary>
    internal int Index { get; }

    internal BranchHeader Header { get; }

    internal Participant Participant { get; }

    /// <summary>Dropped when the vote is in: nobody asks again.</summary>
    internal ReadOnlyMemory<byte> Operations;

    internal BranchState State;

    internal Vote? Vote;

    internal string? Evidence;

    internal BranchSettlement? Settlement;

    /// <summary>Rises with every call, over both phases: tells a late answer of an earlier attempt.</summary>
    internal int Attempt;

    /// <summary>Attempts in the present phase, for people.</summary>
    internal int AttemptsInPhase;

    /// <summary>Failures in a row, for the backoff.</summary>
    internal int Failures;

    internal string? LastError;

    /// <summary>A prepare or one-phase call may have reached the participant.</summary>
    internal bool MayHaveArrived;

    /// <summary>Every attempt so far ended without a sign of the participant: tells "unreachable" from "timeout".</summary>
    internal bool Unreachable;

    /// <summary>Where it stands in its participant's delivery. At most one call is out per branch.</summary>
    internal DeliveryPlace Place;

    internal CallQueue? Queue;

    internal Branch? QueuePrevious, QueueNext;

    internal CallKey Key => new(Transaction.Id, Index, Attempt);

    internal bool AwaitsOutcome => State is BranchState.Committing or BranchState.Aborting or BranchState.Hazard;
}

internal enum DeliveryPlace
{
    /// <summary>Nothing to send, or waiting for its own timer.</summary>
    Idle,
    Queued,
    Calling,
}

/// <summary>How a person settled it.</summary>
internal sealed record BranchSettlement(Settlement As, string Who, string Why, Timestamp At);
