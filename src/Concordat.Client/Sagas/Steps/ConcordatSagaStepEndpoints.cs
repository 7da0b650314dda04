using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Concordat.Client.Sagas;

/// <summary>
/// The service's side of sagas: the actions and compensations that the coordinator calls.
/// <code>
/// services.AddSagaBarriers().AddPostgres("flights-db", s => flightsDataSource);
///
/// app.MapSagaStep&lt;Booking>("flights-db", "/book", async (call, booking, transaction) => StepResult.Done(new Ticket(…)));
/// app.MapSagaCompensation&lt;Cancellation>("flights-db", "/cancel", async (call, cancellation, transaction) => …);
/// </code>
/// They change data: keep them to the coordinator's network, or add authorization to what is returned.
/// </summary>
/// <remarks>
/// With a barrier the handler is called for what is to be done and for nothing else. Without one every call reaches it: repetitions, compensations of what never
/// arrived, and actions after their compensation, which it must recognise by itself.
/// </remarks>
public static class ConcordatSagaStepEndpoints
{
    /// <summary>A step's action, with its body as JSON. Without a barrier.</summary>
    public static IEndpointConventionBuilder MapSagaStep<TBody>(
        this IEndpointRouteBuilder endpoints, string pattern, Func<SagaStepCall, TBody, Task<StepResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, pattern, SagaCallKind.Action, (call, body, _) => handler(call, body.As<TBody>()));
    }

    /// <summary>A step's action that needs no body. Without a barrier.</summary>
    public static IEndpointConventionBuilder MapSagaStep(this IEndpointRouteBuilder endpoints, string pattern, Func<SagaStepCall, Task<StepResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, pattern, SagaCallKind.Action, (call, _, _) => handler(call));
    }

    /// <summary>A step's action, with its body as JSON, done at most once.</summary>
    /// <param name="barrier">The name that it was added as: see <see cref="ConcordatSagaBarrierExtensions.AddSagaBarriers"/>.</param>
    /// <exception cref="InvalidOperationException">No barrier of that name was added.</exception>
    public static IEndpointConventionBuilder MapSagaStep<TBody>(
        this IEndpointRouteBuilder endpoints, string barrier, string pattern, Func<SagaStepCall, TBody, SagaTransaction, Task<StepResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, barrier, pattern, SagaCallKind.Action, (call, body, transaction) => handler(call, body.As<TBody>(), transaction!));
    }

    /// <summary>A step's action that needs no body, done at most once.</summary>
    /// <inheritdoc cref="MapSagaStep{TBody}(IEndpointRouteBuilder, string, string, Func{SagaStepCall, TBody, SagaTransaction, Task{StepResult}})"/>
    public static IEndpointConventionBuilder MapSagaStep(
        this IEndpointRouteBuilder endpoints, string barrier, string pattern, Func<SagaStepCall, SagaTransaction, Task<StepResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, barrier, pattern, SagaCallKind.Action, (call, _, transaction) => handler(call, transaction!));
    }

    /// <summary>A step's compensation, with its body as JSON. Without a barrier. It is repeated until it succeeds.</summary>
    public static IEndpointConventionBuilder MapSagaCompensation<TBody>(
        this IEndpointRouteBuilder endpoints, string pattern, Func<SagaStepCall, TBody, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, pattern, SagaCallKind.Compensation, (call, body, _) => Done(handler(call, body.As<TBody>())));
    }

    /// <summary>A step's compensation that needs no body. Without a barrier. It is repeated until it succeeds.</summary>
    public static IEndpointConventionBuilder MapSagaCompensation(this IEndpointRouteBuilder endpoints, string pattern, Func<SagaStepCall, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, pattern, SagaCallKind.Compensation, (call, _, _) => Done(handler(call)));
    }

    /// <summary>A step's compensation, with its body as JSON, done at most once and only where the action was. It is repeated until it succeeds.</summary>
    /// <param name="barrier">That of the action.</param>
    /// <exception cref="InvalidOperationException">No barrier of that name was added.</exception>
    public static IEndpointConventionBuilder MapSagaCompensation<TBody>(
        this IEndpointRouteBuilder endpoints, string barrier, string pattern, Func<SagaStepCall, TBody, SagaTransaction, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(
            endpoints, barrier, pattern, SagaCallKind.Compensation, (call, body, transaction) => Done(handler(call, body.As<TBody>(), transaction!)));
    }

    /// <summary>A step's compensation that needs no body, done at most once and only where the action was. It is repeated until it succeeds.</summary>
    /// <inheritdoc cref="MapSagaCompensation{TBody}(IEndpointRouteBuilder, string, string, Func{SagaStepCall, TBody, SagaTransaction, Task})"/>
    public static IEndpointConventionBuilder MapSagaCompensation(
        this IEndpointRouteBuilder endpoints, string barrier, string pattern, Func<SagaStepCall, SagaTransaction, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SagaStepEndpoint.Map(endpoints, barrier, pattern, SagaCallKind.Compensation, (call, _, transaction) => Done(handler(call, transaction!)));
    }

    private static async Task<StepResult> Done(Task compensation)
    {
        await compensation.ConfigureAwait(false);
        return StepResult.Done();
    }
}
