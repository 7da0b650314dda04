using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>What applications and operators ask of a saga that exists.</summary>
internal static class SagaRequests
{
    internal static void Get(CoordinatorState s, GetSagaInput input)
    {
        switch (s.FindSaga(input.Id))
        {
            case null:
                s.Answer(input.Caller, Unknown(s, input.Id));
                break;
            case Saga live when input.Wait is { } limit:
                SagaWaiting.ForEnd(s, live, input.Caller, limit);
                s.Emit(new SagaNamed(input.Caller, live.Id));
                break;
            case var known:
                SagaWaiting.Show(s, known, input.Caller);
                break;
        }
    }

    internal static void Cancel(CoordinatorState s, CancelSagaInput input)
    {
        switch (s.FindSaga(input.Id))
        {
            case null:
                s.Answer(input.Caller, Unknown(s, input.Id));
                break;
            case FinishedSaga { IsCompleted: true } finished:
                HasCompleted(s, input, finished.EndRecord);
                break;
            case Saga { Progress.IsCompleted: true } allDone:
                // Of a restored copy: only its end is not on record.
                Resume(s, allDone);
                SagaDriving.LookAtAll(s, allDone);
                HasCompleted(s, input, allDone.LastRecord);
                break;
            case Saga live:
                Resume(s, live);
                if (live.Progress.IsTurned)
                {
                    SagaDriving.LookAtAll(s, live);
                }
                else
                {
                    SagaDriving.Turn(s, live, SagaReasonCode.Cancelled, "cancelled on request");
                }

                SagaWaiting.Show(s, live, input.Caller);
                break;
            case var compensated:
                SagaWaiting.Show(s, compensated, input.Caller);
                break;
        }
    }

    private static void HasCompleted(CoordinatorState s, CancelSagaInput input, long endRecord) =>
        s.Answer(input.Caller, new ProblemReply(ProblemKind.AlreadyCompleted, $"{input.Id} has completed"), endRecord);

    internal static void Resume(CoordinatorState s, ResumeSagaInput input)
    {
        switch (s.FindSaga(input.Id))
        {
            case null:
                s.Answer(input.Caller, Unknown(s, input.Id));
                break;
            case Saga { IsSuspended: true } suspended:
                Resume(s, suspended);
                SagaDriving.GoOn(s, suspended);
                SagaWaiting.Show(s, suspended, input.Caller);
                break;
            default:
                s.Refuse(input.Caller, ProblemKind.NothingToResume, $"{input.Id} does not wait for a word: it is not a saga of a restored copy, or was resumed already");
                break;
        }
    }

    internal static void Retry(CoordinatorState s, RetryStepInput input)
    {
        if (Find(s, input.Caller, input.Id, input.Step) is not { } step)
        {
            return;
        }

        switch (step.Run)
        {
            case { IsArmed: true } waiting when !step.Saga.IsSuspended:
                s.Timers.Disarm(waiting);
                if (waiting is CalledStep call)
                {
                    Delivery.Send(s, call);
                }
                else
                {
                    StepTransactions.Begin(s, (TransactedStep)waiting);
                }

                SagaWaiting.Show(s, step.Saga, input.Caller);
                break;
            default:
                s.Refuse(input.Caller, ProblemKind.NothingToRetry, $"nothing of step '{input.Step}' of {input.Id} waits for its next attempt");
                break;
        }
    }

    internal static void Resolve(CoordinatorState s, ResolveStepInput input)
    {
        if (Find(s, input.Caller, input.Id, input.Step) is not { } step)
        {
            return;
        }

        if (step.Undone is { Who: not null })
        {
            SagaWaiting.Show(s, step.Saga, input.Caller);
            return;
        }

        if (step.Saga.Progress[step.Index] != StepProgress.ToBeUndone || step is { Obstacle: null, Run: not { Failures: > 0 } })
        {
            s.Refuse(input.Caller, ProblemKind.NothingToResolve, $"no compensation of step '{input.Step}' of {input.Id} has failed, since the coordinator's start");
            return;
        }

        if (Room.Refusal(s, (input.Who.Length + input.Why.Length) * 3) is { } full)
        {
            s.Answer(input.Caller, full);
            return;
        }

        Withdraw(s, step.Run);
        SagaDriving.Undone(s, step, input.Who, input.Why);
        SagaWaiting.Show(s, step.Saga, input.Caller);
    }

    internal static ProblemReply Unknown(CoordinatorState s, TransactionId id) => s.Epochs.Classify(id, out _) switch
    {
        IdKind.Foreign => new(ProblemKind.UnknownSaga, $"{id} was issued by another coordinator"),
        IdKind.NeverIssued => new(ProblemKind.UnknownSaga, $"{id} was never issued"),
        IdKind.OfUnknownEpoch => Finding.LogBehind(id),
        _ when s.Find(id) is not null => new(ProblemKind.UnknownSaga, $"{id} is a transaction"),
        _ => new(ProblemKind.Forgotten, $"{id} is not in the log: it ended and its time of keeping is over, or it was lost before it was durable"),
    };

    /// <summary>A step of a saga that has not ended, or that a person resolved. Otherwise the caller is refused, and null comes back.</summary>
    private static SagaStep? Find(CoordinatorState s, Caller caller, TransactionId id, string name)
    {
        var known = s.FindSaga(id);
        var saga = known as Saga ?? (known as FinishedSaga)?.Revive();
        if (saga is null)
        {
            s.Answer(caller, Unknown(s, id));
            return null;
        }

        if (saga.Find(name) is { } step)
        {
            return step;
        }

        s.Refuse(caller, ProblemKind.UnknownStep, $"{id} has no step '{name}'");
        return null;
    }

    private static void Resume(CoordinatorState s, Saga saga)
    {
        if (saga.IsSuspended)
        {
            SagaDriving.Write(s, saga, new SagaResumed(s.Clock.Time, saga.Id));
        }
    }

    private static void Withdraw(CoordinatorState s, Attempted? run)
    {
        switch (run)
        {
            case CalledStep call:
                Delivery.Withdraw(s, call);
                Delivery.Pump(s, call.Participant);
                break;
            case TransactedStep transacted:
                s.Timers.Disarm(transacted);
                if (transacted.Transaction is { } transaction)
                {
                    transaction.Step = null;
                    StepTransactions.RollBack(s, transaction, "its step was undone by hand");
                }

                break;
        }
    }
}
