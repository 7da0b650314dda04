using System.Globalization;
using System.Net.Http.Headers;
using Concordat.Core;
using Concordat.Core.Sagas;

namespace Concordat.Server.Delivery;

/// <summary>Writes the call of a saga's step. The body is the client's, with the results of earlier steps in it.</summary>
internal static class StepRequest
{
    internal const string SagaHeader = "Concordat-Saga", StepHeader = "Concordat-Step", CallHeader = "Concordat-Call", AttemptHeader = "Concordat-Attempt";

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    internal static HttpRequestMessage Make(CallStep call)
    {
        var target = call.Target;
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url.TrimEnd('/') + target.Path) { Content = new ReadOnlyMemoryContent(call.Body) };
        if (!call.Body.IsEmpty)
        {
            request.Content.Headers.ContentType = Json;
        }

        var saga = call.Key.Transaction.ToString();
        var phase = target.Phase == StepPhase.Action ? "action" : "compensation";
        var headers = request.Headers;
        headers.TryAddWithoutValidation(SagaHeader, saga);
        headers.TryAddWithoutValidation(StepHeader, target.Step);
        headers.TryAddWithoutValidation(CallHeader, phase);
        headers.TryAddWithoutValidation("Idempotency-Key", $"{saga}/{target.Step}/{phase}");
        headers.TryAddWithoutValidation(AttemptHeader, target.Attempt.ToString(CultureInfo.InvariantCulture));
        if (target.TraceParent is { } traceParent)
        {
            headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        return request;
    }
}
