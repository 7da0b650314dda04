using System.Text.Json.Nodes;
using Concordat.Core;
using Concordat.Core.Records;
using Concordat.Core.Sagas;
using static Concordat.Cli.Logs.RecordDescription;

namespace Concordat.Cli.Logs;

/// <summary>Every record of a saga, as fields. Steps are shown by their places, from 0.</summary>
internal static class SagaRecordDescriptions
{
    internal static JsonObject Fields(SagaRecord record) => record switch
    {
        SagaBegun r => Begin(r),
        StepStarted r => Object(("stepIndex", r.Step), ("call", Word(r.Phase)), ("transaction", r.Transaction?.ToString())),
        StepEnded r => Object(
            ("stepIndex", r.Step), ("as", Word(r.End)), ("mayHaveHappened", r.MayHaveHappened), ("attempts", r.Attempts), ("result", Operations(r.Result.Span)), ("message", r.Message)),
        SagaTurned r => Object(("code", Wire.Name(r.Code)), ("message", r.Message)),
        StepUndone r => Object(("stepIndex", r.Step), ("attempts", r.Attempts), ("who", r.Who), ("why", r.Why)),
        _ => [],
    };

    private static JsonObject Begin(SagaBegun record)
    {
        var spec = record.Spec;
        return Object(
            ("name", spec.Name),
            ("deadline", record.Deadline.ToString()),
            ("labels", spec.Labels.Count == 0 ? null : Object([.. spec.Labels.Select(l => (l.Key, (JsonNode?)l.Value))])),
            ("idempotencyKey", record.Key?.Value),
            ("traceparent", spec.TraceParent),
            ("steps", Array(spec.Steps, Step)));
    }

    private static JsonObject Step(StepSpec step) => Object(
        ("name", step.Name),
        ("after", step.After is null ? null : Array(step.After, name => name)),
        ("action", Work(step.Action)),
        ("compensation", Work(step.Compensation)),
        ("attempts", step.Attempts));

    private static JsonObject? Work(StepWork? work) => work switch
    {
        StepCall call => Object(("participant", call.Participant), ("path", call.Path), ("body", Operations(call.Body.Span))),
        StepTransaction transaction => Object(("branches", Array(transaction.Branches, branch => Object(("participant", branch.Participant), ("operations", Operations(branch.Operations.Span)))))),
        _ => null,
    };

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
