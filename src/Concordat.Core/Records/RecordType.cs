namespace Concordat.Core.Records;

/// <summary>The type byte of a record's frame. Numbers are never reused.</summary>
public enum RecordType : byte
{
    EpochStarted = 1,
    ClockStepped = 2,
    ParticipantPut = 3,
    ParticipantRemoved = 4,
    Begun = 10,
    Enlisted = 11,
    OnePhaseStarted = 12,
    Decided = 13,
    BranchSettled = 14,
    Ended = 15,
    UnknownSettled = 16,
    Locked = 17,
    TokensReserved = 18,
    CheckpointStarted = 20,
    EpochKnown = 21,
    TransactionSnapshot = 22,
    CheckpointEnded = 23,
    SagaBegun = 30,
    StepStarted = 31,
    StepEnded = 32,
    SagaTurned = 33,
    StepUndone = 34,
    SagaResumed = 35,
    SagaEnded = 36,
    SagaRemembered = 37,
}
