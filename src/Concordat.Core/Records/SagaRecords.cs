using Concordat.Core.Sagas;

namespace Concordat.Core.Records;

/// <summary>What is logged of a saga. What it has come to is what its records say, one after the other: see <see cref="Saga.Apply"/>.</summary>
public abstract record SagaRecord(Timestamp At, TransactionId Id) : CoordinatorRecord(At);

/// <summary>A saga begins; <paramref name="At"/> is its creation. Forced before it is answered.</summary>
public sealed record SagaBegun(Timestamp At, TransactionId Id, Timestamp Deadline, IdempotencyKey? Key, SagaSpec Spec) : SagaRecord(At, Id);

/// <summary>
/// A step begins: forced before its first call. Of a step, or a compensation, that is a transaction it stands before each of its attempts, and names the transaction.
/// </summary>
public sealed record StepStarted(Timestamp At, TransactionId Id, int Step, StepPhase Phase, TransactionId? Transaction) : SagaRecord(At, Id);

/// <summary>A step's action has ended. If not well, the saga turns with this, if it had not yet. Durable before anything that follows from it is called.</summary>
/// <param name="MayHaveHappened">It is to be undone where the saga turns.</param>
/// <param name="Attempts">Since the coordinator's start.</param>
/// <param name="Result">JSON; empty where there is none.</param>
public sealed record StepEnded(Timestamp At, TransactionId Id, int Step, StepEnd End, bool MayHaveHappened, int Attempts, ReadOnlyMemory<byte> Result, string? Message)
    : SagaRecord(At, Id);

public enum StepEnd
{
    Done = 1,

    /// <summary>The last attempt was refused.</summary>
    Refused = 2,
    Failed = 3,
}

/// <summary>The saga turns for another reason than a step's. Durable before the first compensation is called.</summary>
public sealed record SagaTurned(Timestamp At, TransactionId Id, SagaReasonCode Code, string? Message) : SagaRecord(At, Id);

/// <summary>A step is undone, or has nothing to undo.</summary>
/// <param name="Who">A person, who did it by hand; null otherwise.</param>
public sealed record StepUndone(Timestamp At, TransactionId Id, int Step, int Attempts, string? Who, string? Why) : SagaRecord(At, Id);

/// <summary>A person says that the saga of a restored copy goes on here. Forced.</summary>
public sealed record SagaResumed(Timestamp At, TransactionId Id) : SagaRecord(At, Id);

/// <summary>It is completed, or all is undone. Forced before anybody is told.</summary>
public sealed record SagaEnded(Timestamp At, TransactionId Id) : SagaRecord(At, Id);

/// <summary>In a checkpoint: a record of a saga that has not ended, again.</summary>
public sealed record SagaRemembered(Timestamp At, SagaRecord Record) : CoordinatorRecord(At);
