using System.Diagnostics;
using System.Diagnostics.Metrics;
using Concordat.Client.Participants;

namespace Concordat.Client.Sagas;

/// <summary>
/// Spans <c>concordat.saga.action</c> and <c>concordat.saga.compensation</c>, of the source of participants, and the counter <c>concordat.saga.step.calls</c>, on the
/// meter of the client.
/// </summary>
internal sealed class SagaStepTelemetry
{
    private static readonly ActivitySource Source = new(ParticipantTelemetry.SourceName);
    private readonly Counter<long>? _calls;
    private readonly string _call;

    public SagaStepTelemetry(SagaCallKind kind, IMeterFactory? meters)
    {
        _call = NameOf(kind);

        // The factory keeps the meter, and ends it with the host.
        _calls = meters?.Create(ScopeTelemetry.MeterName).CreateCounter<long>(
            "concordat.saga.step.calls", "{call}", "Calls of steps, by what they were answered");
    }

    public static Activity? Start(SagaStepCall call)
    {
        var activity = Source.StartActivity("concordat.saga." + NameOf(call.Kind));
        activity?.SetTag("concordat.saga.id", call.Saga.ToString());
        activity?.SetTag("concordat.saga.step", call.Step);
        activity?.SetTag("concordat.saga.attempt", call.Attempt);
        return activity;
    }

    public void Count(StepReply reply) => _calls?.Add(1, new("call", _call), new("answer", reply switch
    {
        StepReply.Answered { Answer.Verdict: BarrierVerdict.Done } => "done",
        StepReply.Answered { Answer.Verdict: BarrierVerdict.Repeated } => "repeated",
        StepReply.Answered { Answer.Verdict: BarrierVerdict.Empty } => "empty",
        StepReply.Answered => "late",
        StepReply.Refused => "refused",
        StepReply.Malformed => "malformed",
        StepReply.ResultUnfit => "result-unfit",
        StepReply.Unavailable => "unavailable",
        StepReply.Failed => "failed",
        _ => "nobody-there",
    }));

    private static string NameOf(SagaCallKind kind) => kind == SagaCallKind.Action ? SagaStepHeaders.Action : SagaStepHeaders.Compensation;
}
