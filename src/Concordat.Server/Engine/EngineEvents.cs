using Concordat.Core;
using Concordat.Core.Records;
using Concordat.Server.Http;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Engine;

/// <summary>Counts and reports what passes by. It changes nothing.</summary>
internal sealed class EngineEvents(ILogger logger)
{
    internal long Begun { get; private set; }
    internal long Committed { get; private set; }
    internal long Aborted { get; private set; }
    internal long CallsFailed { get; private set; }
    internal long Heuristics { get; private set; }
    internal long Deadlocks { get; private set; }
    internal long SagasBegun { get; private set; }
    internal long SagasCompleted { get; private set; }
    internal long SagasCompensated { get; private set; }
    internal long StepsResolved { get; private set; }
    internal WaitTimes LockWaits { get; } = new();

    internal void OnInput(Input input, Coordinator coordinator)
    {
        if (input is not CallEnded ended)
        {
            return;
        }

        CallsFailed += ended.Result is Failed ? 1 : 0;
        if (coordinator.IsSaga(ended.Key.Transaction))
        {
            if (ended.Result is Failed { Detail: var detail })
            {
                logger.StepCallFailed(ended.Key.Branch, ended.Key.Transaction, detail);
            }

            return;
        }

        switch (ended.Result)
        {
            case Failed failed:
                logger.RetryScheduled(ended.Key.Branch, ended.Key.Transaction, failed.Detail);
                break;
            case Voted { Vote: Vote.No } no:
                logger.VoteNo(ended.Key.Branch, ended.Key.Transaction, no.Reason);
                break;
            case Rejected rejected:
                logger.VoteNo(ended.Key.Branch, ended.Key.Transaction, rejected.Detail);
                break;
        }
    }

    internal void OnHazard(Input input)
    {
        switch (input)
        {
            case CallEnded ended:
                logger.Hazard(ended.Key.Branch, ended.Key.Transaction, (ended.Result as NeverHeardOf)?.Detail ?? "");
                break;
            case ReportInput report:
                foreach (var (id, branch, fate) in report.Reports.Where(r => r.Fate != Fate.Committed))
                {
                    logger.ResourceHazard(branch, id, report.Resource, fate);
                }

                break;
        }
    }

    internal void OnEffects(List<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Append append:
                    OnRecord(append.Record);
                    break;
                case DeadlockFound found:
                    Deadlocks++;
                    logger.Deadlock(found.Victim, string.Join("; ", found.Cycle.Select(w => $"{w.Transaction} waits for {w.WaitsFor} {(w.Queued ? "behind" : "held by")} {w.HeldBy}")));
                    break;
                case SagaStuck stuck:
                    logger.SagaStuck(stuck.Step, stuck.Saga, stuck.Error);
                    break;
                case SagaFinished finished:
                    SagasCompleted += finished.Outcome == SagaOutcome.Completed ? 1 : 0;
                    SagasCompensated += finished.Outcome == SagaOutcome.Compensated ? 1 : 0;
                    break;
                case LockWaited waited:
                    LockWaits.Add(waited.Time);
                    break;
            }
        }
    }

    private void OnRecord(CoordinatorRecord record)
    {
        switch (record)
        {
            case Begun r:
                Begun++;
                logger.Begun(r.Id, r.Branches.Count);
                break;
            case Enlisted r:
                logger.BranchEnlisted(r.Branch.Id, r.Id, r.Branch.Participant);
                break;
            case Decided r:
                logger.DecisionLogged(r.Outcome, r.Id);
                break;
            case Ended r:
                Committed += r.Outcome == Outcome.Committed ? 1 : 0;
                Aborted += r.Outcome == Outcome.Aborted ? 1 : 0;
                logger.Completed(r.Id, r.Outcome);
                break;
            case BranchSettled r:
                Heuristics++;
                logger.OperatorAction(r.Branch, r.Id, r.As, Shown.Name(r.Who), Shown.Name(r.Why));
                break;
            case SagaBegun r:
                SagasBegun++;
                logger.SagaBegun(r.Id, r.Spec.Steps.Count);
                break;
            case StepEnded { End: not StepEnd.Done } r:
                logger.StepNotDone(r.Step, r.Id, r.End, r.Message);
                break;
            case SagaTurned r:
                logger.SagaTurned(r.Id, r.Code);
                break;
            case StepUndone { Who: { } who } r:
                StepsResolved++;
                logger.StepResolved(r.Step, r.Id, Shown.Name(who), Shown.Name(r.Why ?? ""));
                break;
            case SagaEnded r:
                logger.SagaEnded(r.Id);
                break;
            case UnknownSettled r:
                Heuristics++;
                logger.UnknownSettled(r.Id, r.Outcome, Shown.Name(r.Who), Shown.Name(r.Why));
                break;
        }
    }
}
