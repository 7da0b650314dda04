using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Sagas;

/// <summary>
/// Carries a saga on: whatever happens to it is recorded (<see cref="Write"/>), and then every step that this may concern is looked at, until nothing is left to be done
/// now. A call leaves when the records before it are durable, so that a crash between any two of them leaves a saga that goes on where it was, and nothing that was
/// called is forgotten.
/// </summary>
internal static class SagaDriving
{
    /// <summary>Records what happened, and takes it in. Who writes looks afterwards.</summary>
    internal static void Write(CoordinatorState s, Saga saga, SagaRecord record)
    {
        var hadTurned = saga.Progress.IsTurned;
        saga.LastRecord = s.Append(record);
        var replaced = saga.Apply(record);
        s.Sagas.Grow(saga, SagaRoom.InCheckpoint(s, s.LastPayloadBytes) - (replaced is null ? 0 : SagaRoom.InCheckpoint(s, replaced)));
        s.Sagas.Count(saga);
        if (saga.Progress.IsTurned && !hadTurned)
        {
            EnqueueCalledFirst(saga);
        }
    }

    internal static void LookAtAll(CoordinatorState s, Saga saga)
    {
        EnqueueAll(saga);
        Look(s, saga);
    }

    /// <summary>After a restart, or a person's word.</summary>
    internal static void GoOn(CoordinatorState s, Saga saga)
    {
        if (saga.Begun.Deadline <= s.Clock.Time)
        {
            OnDeadline(s, saga);
        }

        LookAtAll(s, saga);
    }

    /// <summary>Something happened to this step: it, those that waited for it and those that it waited for may have something to do.</summary>
    internal static void LookAround(CoordinatorState s, SagaStep step)
    {
        var saga = step.Saga;
        saga.ToLookAt.Enqueue(step.Index);
        foreach (var other in saga.Progress.IsTurned ? saga.Graph.After(step.Index) : saga.Graph.Before(step.Index))
        {
            saga.ToLookAt.Enqueue(other);
        }

        Look(s, saga);
    }

    internal static void Turn(CoordinatorState s, Saga saga, SagaReasonCode code, string message)
    {
        Write(s, saga, new SagaTurned(s.Clock.Time, saga.Id, code, SagaRoom.Message(s, message)));
        Look(s, saga);
    }

    /// <summary>
    /// The deadline bounds the time to completion; what has turned by then has all the time it needs, and where all steps are done (a crash took the end, or it is a
    /// copy from just before it) it has completed.
    /// </summary>
    internal static void OnDeadline(CoordinatorState s, Saga saga)
    {
        if (!saga.IsSuspended && !saga.Progress.IsTurned && !saga.IsOver)
        {
            Turn(s, saga, SagaReasonCode.Timeout, "not completed before the deadline");
        }
    }

    /// <summary>It has done what it could: recorded, and what follows from it is looked at.</summary>
    internal static void End(CoordinatorState s, SagaStep step, StepEnd end, bool mayHaveHappened, string? message, ReadOnlyMemory<byte> result = default)
    {
        var run = step.Run;
        Finish(step);
        Write(s, step.Saga, new StepEnded(
            s.Clock.Time, step.Saga.Id, step.Index, end, mayHaveHappened, run?.AttemptsInPhase ?? 0, result, SagaRoom.Message(s, message)));
        LookAround(s, step);
    }

    internal static void Undone(CoordinatorState s, SagaStep step, string? who = null, string? why = null)
    {
        var run = step.Run;
        Heal(s, step);
        Finish(step);
        Write(s, step.Saga, new StepUndone(s.Clock.Time, step.Saga.Id, step.Index, run?.AttemptsInPhase ?? 0, who, why));
        LookAround(s, step);
    }

    /// <summary>A compensation failed. As often as its step has attempts: a person should hear of it. It is repeated all the same.</summary>
    internal static void Failed(CoordinatorState s, SagaStep step, int failures, string error)
    {
        if (step.IsStuck || failures < step.Spec.Attempts)
        {
            return;
        }

        step.IsStuck = true;
        step.Saga.StuckSteps++;
        s.Sagas.Count(step.Saga);
        s.Emit(new SagaStuck(step.Saga.Id, step.Spec.Name, error));
    }

    private static void Heal(CoordinatorState s, SagaStep step)
    {
        step.Saga.StuckSteps -= step.IsStuck ? 1 : 0;
        step.IsStuck = false;
        s.Sagas.Count(step.Saga);
    }

    private static void Finish(SagaStep step)
    {
        step.EarlierCalls = (step.Run as CalledStep)?.Attempt ?? step.EarlierCalls;
        step.Run = null;
    }

    /// <summary>It has turned: actions that only wait for a slot are given up before a compensation, or the rollback of a step's transaction, has the slots given out.</summary>
    private static void EnqueueCalledFirst(Saga saga)
    {
        saga.ToLookAt.Clear();
        foreach (var step in saga.Steps)
        {
            if (step.Run is CalledStep { Phase: StepPhase.Action })
            {
                saga.ToLookAt.Enqueue(step.Index);
            }
        }

        EnqueueAll(saga);
    }

    private static void EnqueueAll(Saga saga)
    {
        for (var step = 0; step < saga.Steps.Length; step++)
        {
            saga.ToLookAt.Enqueue(step);
        }
    }

    private static void Look(CoordinatorState s, Saga saga)
    {
        if (saga.IsBeingLookedAt || saga.IsSuspended || s.Sagas.IsResuming || saga.EndedAt is not null)
        {
            return;
        }

        saga.IsBeingLookedAt = true;
        while (saga.ToLookAt.TryDequeue(out var step))
        {
            LookAt(s, saga.Steps[step]);
        }

        saga.IsBeingLookedAt = false;
        if (saga.IsOver)
        {
            SagaFinishing.End(s, saga);
        }
    }

    private static void LookAt(CoordinatorState s, SagaStep step)
    {
        var progress = step.Saga.Progress;
        if (progress.MayStart(step.Index) || (progress[step.Index] == StepProgress.Running && step.Run is null && !progress.IsTurned))
        {
            StepRuns.Start(s, step);
        }
        else if (progress[step.Index] == StepProgress.Running && progress.IsTurned)
        {
            StepRuns.GiveUp(s, step);
        }
        else if (step.Run is null && progress.MayUndo(step.Index))
        {
            StepRuns.Undo(s, step);
        }
    }
}
