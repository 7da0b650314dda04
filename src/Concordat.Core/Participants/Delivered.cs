namespace Concordat.Core.Participants;

/// <summary>
/// What calls a participant until it has its answer, one attempt at a time: a branch of a transaction, or a step of a saga. Also the timer of its next attempt.
/// </summary>
internal abstract class Delivered(Participant participant) : TimerNode
{
    internal Participant Participant { get; } = participant;

    /// <summary>Rises with every call: tells a late answer of an earlier attempt.</summary>
    internal int Attempt;

    /// <summary>Attempts in the present phase, for people.</summary>
    internal int AttemptsInPhase;

    /// <summary>Failures in a row, for the backoff.</summary>
    internal int Failures;

    internal string? LastError;

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
