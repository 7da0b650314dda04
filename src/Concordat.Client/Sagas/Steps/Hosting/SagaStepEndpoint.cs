using System.Diagnostics.Metrics;
using System.Diagnostics;
using System.Text.Json;
using Concordat.Client.Participants;
using Concordat.Core.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Client.Sagas;

internal delegate Task<StepResult> StepHandler(SagaStepCall call, StepBody body, SagaTransaction? transaction);

/// <summary>One path: takes the call, has it done, through the barrier where there is one, and answers.</summary>
internal sealed class SagaStepEndpoint(SagaCallKind kind, ISagaBarrier? barrier, StepHandler handler, JsonSerializerOptions json, ILogger logger, IMeterFactory? meters)
{
    private readonly SagaStepTelemetry _telemetry = new(kind, meters);

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string pattern, SagaCallKind kind, StepHandler handler) =>
        Map(endpoints, pattern, kind, handler, barrier: null);

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string barrier, string pattern, SagaCallKind kind, StepHandler handler)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(barrier);
        var found = endpoints.ServiceProvider.GetKeyedService<ISagaBarrier>(barrier)
            ?? throw new InvalidOperationException($"There is no saga barrier '{barrier}': services.AddSagaBarriers().AddPostgres(\"{barrier}\", …)");
        return Map(endpoints, pattern, kind, handler, found);
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string pattern, SagaCallKind kind, StepHandler handler, ISagaBarrier? barrier)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var services = endpoints.ServiceProvider;
        var endpoint = new SagaStepEndpoint(
            kind,
            barrier,
            handler,
            services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions,
            services.GetRequiredService<ILoggerFactory>().CreateLogger("Concordat.Client.Sagas.Steps"),
            services.GetService<IMeterFactory>());
        return endpoints.MapPost(pattern, endpoint.InvokeAsync).ExcludeFromDescription();
    }

    private async Task InvokeAsync(HttpContext context)
    {
        SagaStepCall? call = null;
        StepReply reply;
        try
        {
            call = SagaStepCalls.Read(context, kind);
            using var activity = SagaStepTelemetry.Start(call);
            var body = new StepBody(await SagaStepCalls.ReadBodyAsync(context).ConfigureAwait(false), json);
            reply = await AnswerAsync(call, body, activity).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // A BadHttpRequestException of a body that came too slowly is one, too.
            reply = new StepReply.Unavailable($"The body did not arrive: {e.Message}");
        }
        catch (BadCallException e)
        {
            reply = new StepReply.Malformed(e);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            reply = new StepReply.NobodyThere();
        }

        _telemetry.Count(reply);
        await StepReplies.WriteAsync(context, reply).ConfigureAwait(false);
    }

    private async Task<StepReply> AnswerAsync(SagaStepCall call, StepBody body, Activity? activity)
    {
        try
        {
            return barrier is null
                ? new StepReply.Answered(new BarrierAnswer(BarrierVerdict.Done, await WorkAsync(call, body, transaction: null).ConfigureAwait(false)))
                : new StepReply.Answered(await barrier.RunAsync(call, t => WorkAsync(call, body, t), call.Cancellation).ConfigureAwait(false));
        }
        catch (StepRefusedException e) when (kind == SagaCallKind.Action)
        {
            return new StepReply.Refused(e.Message);
        }
        catch (StepResultUnfitException e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            SagaStepLogMessages.ResultUnfit(logger, call, call.Attempt, e.Why);
            return new StepReply.ResultUnfit(e);
        }
#pragma warning disable CA1031 // Whatever it was, of whichever driver: nobody waits for the answer, and the coordinator asks again.
        catch (Exception e) when (call.Cancellation.IsCancellationRequested && e is not BadCallException)
#pragma warning restore CA1031
        {
            SagaStepLogMessages.NobodyThere(logger, call, call.Attempt, e);
            return new StepReply.NobodyThere();
        }
        catch (SagaBarrierUnavailableException e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            SagaStepLogMessages.Unavailable(logger, call, call.Attempt, e);
            return new StepReply.Unavailable(e.Message);
        }
#pragma warning disable CA1031 // Whatever the handler throws becomes an answer, as of a participant.
        catch (Exception e) when (e is not BadCallException)
#pragma warning restore CA1031
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            SagaStepLogMessages.Failed(logger, call, call.Attempt, e);
            return new StepReply.Failed($"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>With a barrier, what is thrown here rolls back: what cannot be answered is not kept.</summary>
    private async Task<ReadOnlyMemory<byte>> WorkAsync(SagaStepCall call, StepBody body, SagaTransaction? transaction)
    {
        var result = await handler(call, body, transaction).ConfigureAwait(false) ?? throw new InvalidOperationException("The handler returned null.");
        if (result.Reason is { } reason)
        {
            throw new StepRefusedException(reason);
        }

        var bytes = result.ToJson(json);
        return bytes.Length == 0 || ResultJson.WhyNot(bytes) is not { } why ? bytes : throw new StepResultUnfitException(why);
    }
}

/// <summary>What the coordinator would not take is not done, rather than done and not known.</summary>
internal sealed class StepResultUnfitException(string why) : Exception($"The step's result is {why}: no coordinator keeps it.")
{
    public string Why => why;
}
