using Concordat.Core.Participants;
using Concordat.Core.Records;

namespace Concordat.Core.Sagas;

/// <summary>Begins actions and compensations, and gives up actions where the saga has turned.</summary>
internal static class StepRuns
{
    /// <summary>
    /// Begins an action, or goes on with it after a restart: a call is made again then, and since nobody knows what became of the earlier ones it may have happened.
    /// </summary>
    internal static void Start(CoordinatorState s, SagaStep step)
    {
        var saga = step.Saga;
        switch (step.Spec.Action)
        {
            case StepTransaction:
                var run = new TransactedStep(step, StepPhase.Action);
                step.Run = run;
                StepTransactions.Begin(s, run);
                break;
            case StepCall call:
                if (saga.Progress[step.Index] == StepProgress.Running)
                {
                    saga.Progress.Doubt(step.Index);
                }
                else
                {
                    SagaDriving.Write(s, saga, new StepStarted(s.Clock.Time, saga.Id, step.Index, StepPhase.Action, Transaction: null));
                }

                if (StepBodies.Fill(saga, call.Body, out _) is { } obstacle)
                {
                    SagaDriving.End(s, step, StepEnd.Failed, saga.Progress.MayHaveHappened(step.Index), obstacle);
                    break;
                }

                Send(s, step, StepPhase.Action, call);
                break;
        }
    }

    internal static void Undo(CoordinatorState s, SagaStep step)
    {
        switch (step.Spec.Compensation)
        {
            case null:
                SagaDriving.Undone(s, step);
                break;
            case StepTransaction:
                var run = new TransactedStep(step, StepPhase.Compensation);
                step.Run = run;
                StepTransactions.Begin(s, run);
                break;
            case StepCall call:
                if (StepBodies.Fill(step.Saga, call.Body, out _) is { } obstacle)
                {
                    Obstruct(s, step, obstacle);
                }
                else
                {
                    Send(s, step, StepPhase.Compensation, call);
                }

                break;
        }
    }

    /// <summary>Its compensation cannot even be called, now or later: it waits for a person.</summary>
    internal static void Obstruct(CoordinatorState s, SagaStep step, string obstacle)
    {
        step.Run = null;
        step.Obstacle = obstacle;
        SagaDriving.Failed(s, step, int.MaxValue, obstacle);
    }

    /// <summary>The saga has turned. A call that is out is waited for; what is not, ends here.</summary>
    internal static void GiveUp(CoordinatorState s, SagaStep step)
    {
        const string Why = "given up, since the saga compensates";
        switch (step.Run)
        {
            case null when step.Spec.Action is StepTransaction:
                SagaDriving.End(s, step, StepEnd.Failed, mayHaveHappened: false, Why);
                break;
            case null:
                SagaDriving.End(s, step, StepEnd.Failed, mayHaveHappened: true, "the coordinator restarted while it was called, and the saga compensates");
                break;
            case CalledStep { Place: not DeliveryPlace.Calling } call:
                Delivery.Withdraw(s, call);
                SagaDriving.End(s, step, StepEnd.Failed, step.Saga.Progress.MayHaveHappened(step.Index), call.LastError ?? Why);
                break;
            case TransactedStep { Transaction: null } between:
                s.Timers.Disarm(between);
                SagaDriving.End(s, step, StepEnd.Failed, mayHaveHappened: false, between.LastError ?? Why);
                break;
            case TransactedStep { Transaction: { } transaction }:
                StepTransactions.RollBack(s, transaction, Why);
                break;
        }
    }

    private static void Send(CoordinatorState s, SagaStep step, StepPhase phase, StepCall call)
    {
        var run = new CalledStep(step, phase, call, SagaBeginning.Find(s, call.Participant), step.Saga.LastRecord);
        step.Run = run;
        SagaWaiting.Require(s, step.Saga.LastRecord);
        Delivery.Send(s, run);
    }
}
