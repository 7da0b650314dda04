using System.Text.Json;
using Concordat.Core.Participants;
using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>Makes the documents that the wire shows. Who answers with one waits until the saga's last record is durable.</summary>
internal static class SagaDocuments
{
    internal static SagaDocument Of(CoordinatorState s, Saga saga)
    {
        var spec = saga.Begun.Spec;
        return new SagaDocument
        {
            Id = saga.Id,
            Name = spec.Name,
            State = saga.State,
            Outcome = saga.EndedAt is null ? null : saga.Progress.IsTurned ? SagaOutcome.Compensated : SagaOutcome.Completed,
            Reason = saga.IsSuspended
                ? new SagaReason(SagaReasonCode.Restored, null, null, "the log is a restored copy, and the original may have gone on: resume it here, or cancel it")
                : saga.Reason,
            CreatedAt = saga.Begun.At.ToDateTimeOffset(),
            Deadline = saga.Begun.Deadline.ToDateTimeOffset(),
            CompletedAt = saga.EndedAt?.ToDateTimeOffset(),
            Labels = TransactionDocuments.LabelsOf(spec.Labels),
            Steps = Array.ConvertAll(saga.Steps, step => Of(s, step)),
            History = SagaHistory.Of(saga),
        };
    }

    private static SagaStepDocument Of(CoordinatorState s, SagaStep step)
    {
        var action = PhaseOf(step.Run) == StepPhase.Action ? step.Run : null;
        return new SagaStepDocument
        {
            Name = step.Spec.Name,
            Participant = (step.Spec.Action as StepCall)?.Participant,
            After = NamesBefore(step),
            State = StateOf(step),
            Attempts = step.End?.Attempts ?? action?.AttemptsInPhase ?? 0,
            LastError = step.End is null ? action?.LastError : step.End.Message,
            NextAttemptAt = NextAttempt(s, action),
            Result = step.End is { Result: { IsEmpty: false } result } ? JsonElement.Parse(result.Span) : null,
            Transaction = step.Transaction,
            Compensation = CompensationOf(s, step),
        };
    }

    private static CompensationDocument? CompensationOf(CoordinatorState s, SagaStep step)
    {
        if (step.Spec.Compensation is null || StateOf(step) is not (StepState.Compensating or StepState.Compensated))
        {
            return null;
        }

        var run = PhaseOf(step.Run) == StepPhase.Compensation ? step.Run : null;
        return new CompensationDocument
        {
            Attempts = step.Undone?.Attempts ?? run?.AttemptsInPhase ?? 0,
            LastError = step.Undone is null ? step.Obstacle ?? run?.LastError : null,
            NextAttemptAt = NextAttempt(s, run),
            Transaction = step.UndoTransaction,
            ResolvedBy = step.Undone is { Who: { } who } byHand ? new ByHandDocument(who, byHand.Why ?? "", byHand.At.ToDateTimeOffset()) : null,
        };
    }

    private static StepState StateOf(SagaStep step) => step.Saga.Progress[step.Index] switch
    {
        StepProgress.Waiting => StepState.Waiting,
        StepProgress.Running => StepState.Running,
        StepProgress.Done => StepState.Done,
        StepProgress.Refused => step.End!.End == StepEnd.Refused ? StepState.Refused : StepState.Failed,
        StepProgress.Failed => StepState.Failed,
        StepProgress.Skipped => StepState.Skipped,
        StepProgress.ToBeUndone => StepState.Compensating,
        _ => StepState.Compensated,
    };

    private static StepPhase? PhaseOf(Attempted? run) => (run as CalledStep)?.Phase ?? (run as TransactedStep)?.Phase;

    private static DateTimeOffset? NextAttempt(CoordinatorState s, Attempted? run) => run is { IsArmed: true } ? s.WallOf(run.Due).ToDateTimeOffset() : null;

    private static string[] NamesBefore(SagaStep step)
    {
        var before = step.Saga.Graph.After(step.Index);
        var names = new string[before.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = step.Saga.Steps[before[i]].Spec.Name;
        }

        return names;
    }
}
