using Concordat.Core.History;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>From a live saga to history.</summary>
internal static class SagaFinishing
{
    internal static void End(CoordinatorState s, Saga saga)
    {
        SagaDriving.Write(s, saga, new SagaEnded(s.Clock.Time, saga.Id));
        s.Emit(Force.Instance);
        s.Timers.Disarm(saga);
        SagaRoom.Release(s, saga);
        s.Sagas.Grow(saga, -saga.CheckpointBytes);
        SagaBeginning.Register(s, saga, -1);
        ToHistory(s, saga);
        SagaWaiting.Ended(s, saga);
        s.Emit(new SagaFinished(saga.Progress.IsTurned ? SagaOutcome.Compensated : SagaOutcome.Completed, s.Clock.Time - saga.Begun.At));
        Finishing.Forget(s);
    }

    internal static void ToHistory(CoordinatorState s, Saga saga)
    {
        var finished = FinishedSaga.Of(saga, s.ImageWriter);
        s.Epochs.Classify(saga.Id, out var epoch);
        s.Sagas.Table.Set(epoch!.Number, saga.Id.Counter, finished);
        s.History.Add(new HistoryEntry(saga.Id, IsSaga: true, saga.Begun.Key?.Value, finished.EndRecord), s.Clock.Uptime);
    }
}
