using System.Globalization;
using System.Text;
using Concordat.Core.Records;

namespace Concordat.Core.Tests.Scenarios;

internal sealed partial class ScenarioPrinter
{
    internal string Call(CallStep call)
    {
        var target = call.Target;
        var text = $"{Word(target.Phase.ToString())} {Id(call.Key.Transaction)}/{target.Step}#{call.Key.Attempt} to {target.Participant}{target.Path}";
        text += call.Body.IsEmpty ? "" : $" {System.Text.Encoding.UTF8.GetString(call.Body.Span)}";
        return text + (target.Attempt == call.Key.Attempt ? "" : $" (attempt {target.Attempt})");
    }

    internal string Summary(SagaDocument saga) =>
        $"{Id(saga.Id)} {Word(saga.State.ToString())} [{string.Join(' ', saga.Steps.Select(step => $"{step.Name}:{Word(step.State.ToString())}"))}]"
        + (saga.Reason is { } reason ? $", {Reason(reason)}" : "");

    /// <summary>All of it, a line per step and per event.</summary>
    internal string Whole(SagaDocument saga)
    {
        var text = new StringBuilder();
        text.Append(Summary(saga)).Append(CultureInfo.InvariantCulture, $", outcome {(saga.Outcome is { } o ? Word(o.ToString()) : "not known yet")}, deadline {Time(saga.Deadline)}\n");
        foreach (var step in saga.Steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {step.Name} {Word(step.State.ToString())} attempts={step.Attempts}");
            text.Append(step.LastError is { } error ? $" error=\"{WithNames(error)}\"" : "");
            text.Append(step.NextAttemptAt is { } next ? $" next={Time(next)}" : "");
            text.Append(step.Result is { } result ? $" result={result}" : "");
            if (step.Compensation is { } undo)
            {
                text.Append(CultureInfo.InvariantCulture, $" | undo attempts={undo.Attempts}");
                text.Append(undo.LastError is { } undoError ? $" error=\"{WithNames(undoError)}\"" : "");
                text.Append(undo.NextAttemptAt is { } undoNext ? $" next={Time(undoNext)}" : "");
                text.Append(undo.ResolvedBy is { } hand ? $" by {hand.Who}: {hand.Why}" : "");
            }

            text.Append('\n');
        }

        foreach (var e in saga.History)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Time(e.At)} {e.Step ?? "saga"} {e.State}");
            text.Append(e.Attempts is { } attempts ? $" after {attempts}" : "").Append(e.Message is { } message ? $" ({WithNames(message)})" : "").Append('\n');
        }

        return text.ToString();
    }

    private string Saga(CoordinatorRecord record) => record switch
    {
        SagaBegun r => $"SagaBegun {Id(r.Id)} [{string.Join(' ', r.Spec.Steps.Select(s => s.Name))}]",
        StepStarted r => $"StepStarted {Id(r.Id)} {r.Step + 1} {Word(r.Phase.ToString())}{(r.Transaction is { } t ? $" {Id(t)}" : "")}",
        StepEnded r => $"StepEnded {Id(r.Id)} {r.Step + 1} {Word(r.End.ToString())}{(r.End != StepEnd.Done && r.MayHaveHappened ? " in doubt" : "")}",
        SagaTurned r => $"SagaTurned {Id(r.Id)} {Word(r.Code.ToString())}",
        StepUndone r => $"StepUndone {Id(r.Id)} {r.Step + 1}{(r.Who is { } who ? $" by {who}" : "")}",
        SagaResumed r => $"SagaResumed {Id(r.Id)}",
        SagaEnded r => $"SagaEnded {Id(r.Id)}",
        SagaRemembered r => $"remembered {Saga(r.Record)}",
        _ => record.GetType().Name,
    };

    private string Reason(SagaReason reason) =>
        $"{Word(reason.Code.ToString())}{(reason.Step is { } step ? $" in {step}" : "")}{(reason.Message is { } m ? $" ({WithNames(m)})" : "")}";
}
