using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>What a call of a step has come to.</summary>
internal static class StepAnswers
{
    internal static void OnCallEnded(CoordinatorState s, Saga saga, CallEnded ended)
    {
        // Else it is late, or a repetition, and changes nothing: what it would have said has been assumed.
        if (saga.Steps[ended.Key.Branch].Run is CalledStep run && Delivery.Ended(s, run, ended.Key.Attempt, ended.Result))
        {
            if (run.Phase == StepPhase.Action)
            {
                OnAction(s, run, ended.Result);
            }
            else
            {
                OnCompensation(s, run, ended.Result);
            }

            Delivery.Pump(s, run.Participant);
        }
    }

    private static void OnAction(CoordinatorState s, CalledStep run, CallResult result)
    {
        var step = run.Step;
        var progress = step.Saga.Progress;
        if (result is not (StepRefused or Failed { Kind: FailureKind.NotConnected }))
        {
            progress.Doubt(step.Index);
        }

        switch (result)
        {
            // Its end has its room; a result has not.
            case StepDone done when done.Result.IsEmpty || Room.Fits(s, done.Result.Length):
                SagaDriving.End(s, step, StepEnd.Done, mayHaveHappened: true, message: null, done.Result);
                break;
            case StepDone:
                Again(s, run, new Failed(FailureKind.Answer, "the coordinator's log has no room for the result"));
                break;
            case StepRefused refused:
                SagaDriving.End(s, step, StepEnd.Refused, progress.MayHaveHappened(step.Index), refused.Reason);
                break;
            case Rejected rejected:
                SagaDriving.End(s, step, StepEnd.Failed, mayHaveHappened: true, rejected.Detail);
                break;
            case Failed failed:
                Again(s, run, failed);
                break;
            default:
                Again(s, run, new Failed(FailureKind.Answer, $"answered with {result.GetType().Name}, which says nothing of a step"));
                break;
        }
    }

    private static void Again(CoordinatorState s, CalledStep run, Failed failed)
    {
        run.LastError = failed.Detail;
        var progress = run.Step.Saga.Progress;
        if (progress.IsTurned || run.AttemptsInPhase >= run.Step.Spec.Attempts)
        {
            SagaDriving.End(s, run.Step, StepEnd.Failed, progress.MayHaveHappened(run.Step.Index), failed.Detail);
            return;
        }

        Delivery.Retry(s, run, failed.RetryAfter);
    }

    private static void OnCompensation(CoordinatorState s, CalledStep run, CallResult result)
    {
        if (result is Done)
        {
            SagaDriving.Undone(s, run.Step);
            return;
        }

        var failed = result as Failed ?? new Failed(FailureKind.Answer, $"answered with {result.GetType().Name}, which says nothing of a compensation");
        run.LastError = failed.Detail;
        Delivery.Retry(s, run, failed.RetryAfter);
        SagaDriving.Failed(s, run.Step, run.Failures, failed.Detail);
    }
}
