using Concordat.Core;
using Concordat.Log;

namespace Concordat.Server.Engine;

/// <summary>Takes the counts of one moment together, on the engine's thread.</summary>
internal static class EngineCounting
{
    private static readonly TransactionState[] Unended =
        [TransactionState.Active, TransactionState.Preparing, TransactionState.Prepared, TransactionState.Committing, TransactionState.Aborting];

    private static readonly SagaState[] UnendedSagas = [SagaState.Running, SagaState.Compensating, SagaState.Stuck];

    internal static EngineCounts Count(Coordinator coordinator, WriteAheadLog log, EffectCarrier carrier, EngineEvents events)
    {
        var counts = coordinator.Counts;
        var statistics = log.Statistics();
        return new EngineCounts
        {
            Begun = events.Begun,
            Committed = events.Committed,
            Aborted = events.Aborted,
            CallsSent = carrier.CallsSent,
            CallsFailed = events.CallsFailed,
            HeuristicsRecorded = events.Heuristics,
            Undecided = counts.Undecided,
            Open = counts.Open,
            Hazards = counts.Hazards,
            History = counts.History,
            Participants = counts.Participants,
            LocksHeld = counts.LocksHeld,
            LocksWaiting = counts.LocksWaiting,
            Deadlocks = events.Deadlocks,
            LockWaits = events.LockWaits.Copy(),
            SagasByState = UnendedSagas.ToDictionary(state => state, counts.SagasInState),
            SagasBegun = events.SagasBegun,
            SagasCompleted = events.SagasCompleted,
            SagasCompensated = events.SagasCompensated,
            StepsResolved = events.StepsResolved,
            ByState = Unended.ToDictionary(state => state, counts.InState),
            OldestAgeSeconds = counts.OldestAge.TotalSeconds,
            LogBytesAppended = statistics.AppendedBytes,
            LogSyncs = statistics.Syncs,
            LogSizeBytes = statistics.SizeOnDiskBytes,
            LogRoomBytes = coordinator.RoomBytes - coordinator.ReservedBytes,
            LastSyncSeconds = statistics.LastSyncSeconds,
        };
    }
}
