namespace Concordat.Core.Sagas;

/// <summary>Answers callers, now or when a saga has ended. What is answered is durable.</summary>
internal static class SagaWaiting
{
    /// <param name="known">A <see cref="Saga"/> or a <see cref="FinishedSaga"/>.</param>
    internal static void Show(CoordinatorState s, object known, Caller caller, Answered how = Answered.Ok)
    {
        switch (known)
        {
            case FinishedSaga finished:
                s.Answer(caller, new SagaReply(SagaDocuments.Of(s, finished.Revive()), how), finished.EndRecord);
                break;
            case Saga live:
                Require(s, live.LastRecord);
                s.Answer(caller, new SagaReply(SagaDocuments.Of(s, live), how), live.LastRecord);
                break;
        }
    }

    internal static void ForEnd(CoordinatorState s, Saga saga, Caller caller, TimeSpan limit, Answered otherwise = Answered.Ok)
    {
        var waiter = new SagaWaiter(saga, caller, otherwise);
        (saga.Waiters ??= new(capacity: 1)).Add(waiter);
        s.Timers.Arm(waiter, s.Now.Monotonic + limit);
    }

    internal static void Ended(CoordinatorState s, Saga saga)
    {
        if (saga.Waiters is not { } waiters)
        {
            return;
        }

        // One for all: there may be thousands of them, and steps.
        var reply = new SagaReply(SagaDocuments.Of(s, saga), Answered.Ok);
        foreach (var waiter in waiters)
        {
            s.Timers.Disarm(waiter);
            s.Answer(waiter.Caller, reply, saga.LastRecord);
        }

        saga.Waiters = null;
    }

    internal static void TimedOut(CoordinatorState s, SagaWaiter waiter)
    {
        waiter.Saga.Waiters!.Remove(waiter);
        Show(s, waiter.Saga, waiter.Caller, waiter.Otherwise);
    }

    /// <summary>Somebody waits for this record.</summary>
    internal static void Require(CoordinatorState s, long record)
    {
        if (record > s.DurableRecords)
        {
            s.Emit(Force.Instance);
        }
    }
}
