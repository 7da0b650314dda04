using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>A step of a saga, and what is being tried for it.</summary>
internal sealed class SagaStep(Saga saga, int index, StepSpec spec)
{
    internal Saga Saga { get; } = saga;

    /// <summary>Its place in the request, from 0.</summary>
    internal int Index { get; } = index;

    internal StepSpec Spec { get; } = spec;

    /// <summary>The present action or compensation; null while there is none.</summary>
    internal Attempted? Run;

    /// <summary>Calls of earlier runs: the numbers of attempts go on, so that a late answer is known as one.</summary>
    internal int EarlierCalls;

    /// <summary>Its compensation has failed as often as it has attempts.</summary>
    internal bool IsStuck;

    /// <summary>Why its compensation cannot be called at all.</summary>
    internal string? Obstacle;

    internal StepEnded? End;

    internal StepUndone? Undone;

    /// <summary>Where its action is a transaction: that of the last attempt.</summary>
    internal TransactionId? Transaction;

    /// <summary>The same of its compensation.</summary>
    internal TransactionId? UndoTransaction;
}

/// <summary>Its action or its compensation, as a call.</summary>
internal sealed class CalledStep : Delivered
{
    internal CalledStep(SagaStep step, StepPhase phase, StepCall call, Participant participant, long after)
        : base(participant)
    {
        Step = step;
        Phase = phase;
        Attempt = step.EarlierCalls;
        _call = call;
        _after = after;
    }

    private readonly StepCall _call;

    /// <summary>What must be durable before it leaves.</summary>
    private readonly long _after;

    internal SagaStep Step { get; }

    internal StepPhase Phase { get; }

    internal CallKey Key => new(Step.Saga.Id, Step.Index, Attempt);

    internal override CallQueue Line => Phase == StepPhase.Action ? Participant.Actions : Participant.Compensations;

    /// <summary>It has its own times, and its attempts are counted: it does not wait behind others for a participant that is down.</summary>
    internal override Backoff? OwnRetry => Step.Spec.Retry;

    /// <summary>The body is filled for each call, and not kept: many steps may wait for a slot, each with a body that is much larger with the results in it.</summary>
    internal override Effect MakeCall(CoordinatorState s)
    {
        var obstacle = StepBodies.Fill(Step.Saga, _call.Body, out var body);
        ProtocolViolationException.ThrowUnless(obstacle is null, $"step '{Step.Spec.Name}' of {Step.Saga.Id} is called, and {obstacle}");
        var target = new StepTarget(Participant.Name, Participant.Url, _call.Path, Step.Spec.Name, Phase, AttemptsInPhase, Step.Saga.Begun.Spec.TraceParent);
        return new CallStep(Key, target, body, Step.Spec.CallTimeout, Math.Max(_after, s.EpochRecord));
    }

    internal override Effect Cancel() => new CancelCall(Key);
}

/// <summary>Its action or its compensation, as a transaction; begun anew for each attempt.</summary>
internal sealed class TransactedStep(SagaStep step, StepPhase phase) : Attempted
{
    internal SagaStep Step { get; } = step;

    internal StepPhase Phase { get; } = phase;

    /// <summary>The one that is not decided yet; null between two attempts.</summary>
    internal Transaction? Transaction;
}
