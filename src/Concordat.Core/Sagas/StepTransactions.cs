using Concordat.Core.Records;
using Concordat.Core.Transactions;

namespace Concordat.Core.Sagas;

/// <summary>
/// Steps, and compensations, that are transactions. Each attempt is a transaction of its own, whose id is recorded before it begins.
/// <list type="number">
/// <item><see cref="StepStarted"/> with the id, then the transaction's begin. A crash that keeps only the first finds no such transaction: it never began.</item>
/// <item>The transaction is decided, as any: a crash before that aborts it, and the step tries another.</item>
/// <item>The step's end is recorded when the outcome is known and before the transaction's own end. So a step whose end a crash loses finds its transaction not ended,
/// and its outcome with it: what has committed is never tried again.</item>
/// </list>
/// </summary>
internal static class StepTransactions
{
    /// <summary>As of a transaction that does not say.</summary>
    private static TimeSpan Timeout => TimeSpan.FromSeconds(60);

    /// <summary>Each attempt leaves records behind: a step cannot make them as fast as it likes.</summary>
    private static TimeSpan LeastWait => TimeSpan.FromMilliseconds(100);

    internal static void Begin(CoordinatorState s, TransactedStep run)
    {
        var step = run.Step;
        run.AttemptsInPhase++;
        if (Fill(run, out var branches) is { } obstacle)
        {
            Obstruct(s, run, obstacle);
            return;
        }

        var saga = step.Saga;
        var spec = new TransactionSpec
        {
            Name = saga.Begun.Spec.Name,
            Timeout = Timeout,
            Labels = [new("saga", saga.Id.ToString()), new("step", step.Spec.Name)],
            Branches = branches,
            TraceParent = saga.Begun.Spec.TraceParent,
        };
        if (Beginning.Refusal(s, spec, withKey: false) is { } refusal)
        {
            RecordStart(s, run, transaction: null);
            Failed(s, run, refusal.Detail);
            return;
        }

        var id = s.Epochs.Issue();
        RecordStart(s, run, id);
        run.Transaction = Beginning.Make(s, id, spec, opened: false, key: null);
        run.Transaction.Step = run;
        Preparing.Start(s, run.Transaction);
    }

    /// <summary>A transaction of a step was found in the log, not ended: what becomes of it is the step's word.</summary>
    internal static void Link(SagaStep step, StepPhase phase, Transaction transaction)
    {
        var run = new TransactedStep(step, phase) { Transaction = transaction };
        step.Run = run;
        transaction.Step = run;
    }

    /// <summary>The outcome is known: a commit is durable, an abort is presumed.</summary>
    internal static void OnOutcome(CoordinatorState s, Transaction transaction)
    {
        if (transaction.Step is not { } run)
        {
            return;
        }

        transaction.Step = null;
        run.Transaction = null;
        if (transaction.Outcome == Outcome.Committed)
        {
            if (run.Phase == StepPhase.Action)
            {
                SagaDriving.End(s, run.Step, StepEnd.Done, mayHaveHappened: true, message: null);
            }
            else
            {
                SagaDriving.Undone(s, run.Step);
            }

            return;
        }

        var reason = transaction.Reason!;
        var why = $"transaction {transaction.Id} aborted: {reason.Message ?? reason.Code.ToString()}";
        if (run.Phase == StepPhase.Action && reason.Code == AbortCode.VoteNo)
        {
            SagaDriving.End(s, run.Step, StepEnd.Refused, mayHaveHappened: false, reason.Message);
        }
        else
        {
            Failed(s, run, why);
        }
    }

    internal static void RollBack(CoordinatorState s, Transaction transaction, string why)
    {
        if (!transaction.IsDecided && !transaction.Suspended)
        {
            Preparing.AbortIfUndecided(s, transaction, new(AbortCode.ClientRollback, null, why));
        }
    }

    /// <summary>An attempt did certainly nothing.</summary>
    private static void Failed(CoordinatorState s, TransactedStep run, string why)
    {
        run.LastError = why;
        run.Failures++;
        var step = run.Step;
        if (run.Phase == StepPhase.Action && (step.Saga.Progress.IsTurned || run.AttemptsInPhase >= step.Spec.Attempts))
        {
            SagaDriving.End(s, step, StepEnd.Failed, mayHaveHappened: false, why);
            return;
        }

        if (step.Saga.IsSuspended)
        {
            // Whose word it was that ended it said nothing of another attempt: that begins, or does not, when a person says so of the saga.
            step.Run = null;
            return;
        }

        var wait = step.Spec.Retry.After(run.Failures, s.Random);
        s.Timers.Arm(run, s.Now.Monotonic + (wait > LeastWait ? wait : LeastWait));
        if (run.Phase == StepPhase.Compensation)
        {
            SagaDriving.Failed(s, step, run.Failures, why);
        }
    }

    private static void Obstruct(CoordinatorState s, TransactedStep run, string obstacle)
    {
        if (run.Phase == StepPhase.Compensation)
        {
            StepRuns.Obstruct(s, run.Step, obstacle);
            return;
        }

        RecordStart(s, run, transaction: null);
        SagaDriving.End(s, run.Step, StepEnd.Failed, mayHaveHappened: false, obstacle);
    }

    /// <summary>Before each transaction; without one only where the step has not begun yet.</summary>
    private static void RecordStart(CoordinatorState s, TransactedStep run, TransactionId? transaction)
    {
        var saga = run.Step.Saga;
        if (transaction is not null || (run.Phase == StepPhase.Action && saga.Progress[run.Step.Index] != StepProgress.Running))
        {
            SagaDriving.Write(s, saga, new StepStarted(s.Clock.Time, saga.Id, run.Step.Index, run.Phase, transaction));
        }
    }

    private static string? Fill(TransactedStep run, out BranchSpec[] filled)
    {
        var work = (StepTransaction)(run.Phase == StepPhase.Action ? run.Step.Spec.Action : run.Step.Spec.Compensation!);
        filled = new BranchSpec[work.Branches.Count];
        for (var i = 0; i < filled.Length; i++)
        {
            if (StepBodies.Fill(run.Step.Saga, work.Branches[i].Operations, out var operations) is { } obstacle)
            {
                return obstacle;
            }

            filled[i] = work.Branches[i] with { Operations = operations };
        }

        return null;
    }
}
