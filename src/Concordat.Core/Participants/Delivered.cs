namespace Concordat.Core.Participants;

/// <summary>
/// What calls a participant until it has its answer, one attempt at a time: a branch of a transaction, or a step of a saga.
/// </summary>
internal abstract class Delivered(Participant participant) : Attempted
{
    internal Participant Participant { get; } = participant;

    /// <summary>Rises with every call: tells a late answer of an earlier attempt.</summary>
    internal int Attempt;

    /// <summary>A call of its first phase may have reached the participant.</summary>
    internal bool MayHaveArrived;

    /// <summary>Every attempt so far ended without a sign of the participant: tells "unreachable" from "timeout".</summary>
    internal bool Unreachable;

    /// <summary>Where it stands in its participant's delivery. At most one call is out for each.</summary>
    internal DeliveryPlace Place;

    internal CallQueue? Queue;

    internal Delivered? QueuePrevious, QueueNext;

    /// <summary>In which of its participant's queues it stands in its present phase.</summary>
    internal abstract CallQueue Line { get; }

    /// <summary>How long it waits between attempts; null: as the coordinator's options say, and in its queue while the participant is down.</summary>
    internal virtual Backoff? OwnRetry => null;

    /// <summary>The call that it needs in its state.</summary>
    internal abstract Effect MakeCall(CoordinatorState s);

    /// <summary>Stops the call that is out.</summary>
    internal abstract Effect Cancel();
}

internal enum DeliveryPlace
{
    /// <summary>Nothing to send, or waiting for its own timer.</summary>
    Idle,
    Queued,
    Calling,
}
