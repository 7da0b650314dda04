using Concordat.Core.Records;

namespace Concordat.Core.Sagas;

/// <summary>A saga's records in words.</summary>
internal static class SagaHistory
{
    internal static IReadOnlyList<SagaEvent> Of(Saga saga)
    {
        var events = new List<SagaEvent>(saga.Records.Count + 1);
        var turned = false;
        foreach (var record in saga.Records)
        {
            var at = record.At.ToDateTimeOffset();
            switch (record)
            {
                case SagaBegun:
                    events.Add(new(at, "running"));
                    break;
                case StepStarted r:
                    events.Add(new(at, r.Phase == StepPhase.Action ? "running" : "compensating", NameOf(saga, r.Step), Message: r.Transaction is { } id ? $"transaction {id}" : null));
                    break;
                case StepEnded r:
                    events.Add(new(at, r.End.ToString().ToLowerInvariant(), NameOf(saga, r.Step), r.Attempts, r.Message));
                    if (r.End != StepEnd.Done && !turned)
                    {
                        events.Add(new(at, "compensating"));
                    }

                    turned |= r.End != StepEnd.Done;
                    break;
                case SagaTurned r:
                    events.Add(new(at, "compensating", Message: r.Message));
                    turned = true;
                    break;
                case StepUndone r:
                    events.Add(new(at, "compensated", NameOf(saga, r.Step), r.Attempts, r.Who is null ? null : $"by hand, by {r.Who}: {r.Why}"));
                    break;
                case SagaResumed:
                    events.Add(new(at, "resumed"));
                    break;
                case SagaEnded:
                    events.Add(new(at, turned ? "compensated" : "completed"));
                    break;
            }
        }

        return events;
    }

    private static string NameOf(Saga saga, int step) => saga.Steps[step].Spec.Name;
}
