using Concordat.Core.Records;

namespace Concordat.Core;

/// <summary>
/// What a step wants done. A closed set. The ordering contract, which whoever carries effects out must keep:
/// <list type="number">
/// <item>Records are appended to the log in the order of their effects, across steps.</item>
/// <item>A <see cref="Force"/> makes everything durable that was appended before it.</item>
/// <item>An effect with <see cref="ReleasedEffect.After"/> n is carried out only when record n is durable. Numbers start at 1
/// at every start; 0 is always durable.</item>
/// <item>When records have become durable, the core is told (<c>Coordinator.Durable</c>) before their effects are released.</item>
/// </list>
/// A crash between any two effects is survived: what was not durable was not heard of by anybody.
/// </summary>
public abstract record Effect
{
    private protected Effect()
    {
    }
}

/// <summary>Append this record, the <paramref name="Number"/>-th since the start.</summary>
public sealed record Append(long Number, CoordinatorRecord Record, ReadOnlyMemory<byte> Payload) : Effect;

/// <summary>Make everything that was appended durable, without waiting for more.</summary>
public sealed record Force : Effect
{
    public static readonly Force Instance = new();

    private Force()
    {
    }
}

/// <summary>An effect that the world can see, and that waits for a record.</summary>
/// <param name="After">The number of the record that must be durable first.</param>
public abstract record ReleasedEffect(long After) : Effect;

/// <summary>Call somebody. It ends with exactly one <see cref="CallEnded"/>, unless it was cancelled.</summary>
public abstract record OutgoingCall(CallKey Key, long After) : ReleasedEffect(After);

/// <summary>Call a participant for a branch of a transaction.</summary>
public sealed record Call(CallKey Key, CallKind Kind, CallTarget Target, long After) : OutgoingCall(Key, After)
{
    /// <summary>See the contract: every transaction of this coordinator created before has ended, durably.</summary>
    public required Timestamp EndedBefore { get; init; }

    /// <summary>A JSON array; empty where there are none. Only with prepare and one phase.</summary>
    public ReadOnlyMemory<byte> Operations { get; init; }
    public string? Evidence { get; init; }
}

/// <summary>Call a service for a step of a saga: the key's transaction is the saga, its branch the step.</summary>
/// <param name="Body">JSON; empty where there is none.</param>
/// <param name="Timeout">Null: as for every call.</param>
public sealed record CallStep(CallKey Key, StepTarget Target, ReadOnlyMemory<byte> Body, TimeSpan? Timeout, long After) : OutgoingCall(Key, After);

/// <param name="Path">Begins with a slash, behind the address.</param>
/// <param name="Attempt">From 1, anew after a restart.</param>
public sealed record StepTarget(string Participant, string Url, string Path, string Step, Sagas.StepPhase Phase, int Attempt, string? TraceParent);

/// <summary>Which saga a caller waits for, so that it can be asked for where the wait is broken off. Nothing of it need be durable yet.</summary>
public sealed record SagaNamed(Caller Caller, TransactionId Saga) : Effect;

/// <summary>A compensation has failed as often as its step has attempts: for people to hear of. There is nothing to do.</summary>
public sealed record SagaStuck(TransactionId Saga, string Step, string Error) : Effect;

/// <summary>A saga has ended, durably after a record: for metrics. There is nothing to do.</summary>
public sealed record SagaFinished(SagaOutcome Outcome, TimeSpan Time) : Effect;

/// <summary>Stop an earlier call of this branch, sent or not: nobody waits for its end.</summary>
public sealed record CancelCall(CallKey Key) : Effect;

/// <summary>A deadlock was broken: for people to read of. There is nothing to do.</summary>
public sealed record DeadlockFound(TransactionId Victim, IReadOnlyList<LockWait> Cycle) : Effect;

/// <summary>A lock was granted to somebody who waited so long for it: for metrics. There is nothing to do.</summary>
public sealed record LockWaited(TimeSpan Time) : Effect;

/// <summary>Answer a caller, once.</summary>
public sealed record Answer(Caller Caller, Reply Reply, long After) : ReleasedEffect(After);

/// <summary>Names one attempt to call one branch.</summary>
/// <param name="Branch">The branch's place in its transaction, from 0.</param>
/// <param name="Attempt">Rises with every call of this branch, over both phases.</param>
public readonly record struct CallKey(TransactionId Transaction, int Branch, int Attempt);

public enum CallKind
{
    Prepare,
    Commit,
    Rollback,

    /// <summary>Prepare and commit in one call.</summary>
    OnePhase,
}

/// <summary>What every call of a branch needs and no attempt changes.</summary>
public sealed record CallTarget(string Participant, string Url, string BranchId, Timestamp CreatedAt, Timestamp Deadline, string? TraceParent);
