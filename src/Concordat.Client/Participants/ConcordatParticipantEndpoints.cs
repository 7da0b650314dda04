using Concordat.Core.Participation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Participants;

public static class ConcordatParticipantEndpoints
{
    /// <summary>
    /// Maps <c>{path}/prepare</c>, <c>{path}/commit</c> and <c>{path}/rollback</c>, which the coordinator calls. They change data: whoever
    /// can reach them can take part, so keep them to the network of the coordinator or add authorization to what is returned.
    /// </summary>
    public static IEndpointConventionBuilder MapConcordatParticipant(this IEndpointRouteBuilder endpoints, string path = "/concordat")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var parts = endpoints.ServiceProvider.GetService<ParticipantParts>()
            ?? throw new InvalidOperationException("MapConcordatParticipant needs AddConcordatParticipant in the services.");
        parts.MappedPath = path.StartsWith('/') ? path : "/" + path;
        var group = endpoints.MapGroup(parts.MappedPath);
        group.MapPost("/prepare", (HttpContext context, ParticipantHost host) => AnswerAsync(context, () => PrepareAsync(context, host.Engine)));
        group.MapPost("/commit", (HttpContext context, ParticipantHost host) => AnswerAsync(context, () => CommitAsync(context, host.Engine)));
        group.MapPost("/rollback", (HttpContext context, ParticipantHost host) => AnswerAsync(context, () => RollbackAsync(context, host.Engine)));
        group.ExcludeFromDescription();
        return group;
    }

    private static async Task<Reply> PrepareAsync(HttpContext context, ParticipantEngine engine)
    {
        var call = await ParticipantCalls.ReadAsync(context, ContractJson.Default.PrepareCall).ConfigureAwait(false);
        ParticipantCalls.Check(call);
        var operations = ParticipantCalls.OperationsOf(call.Operations, engine.MaxOperationsBytes, onePhase: false);
        return await engine.CallAsync(c => new EngineWork.Input(ParticipantCalls.Prepare(call, c, operations)), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<Reply> CommitAsync(HttpContext context, ParticipantEngine engine)
    {
        var call = await ParticipantCalls.ReadAsync(context, ContractJson.Default.CompleteCall).ConfigureAwait(false);
        ParticipantCalls.Check(call);
        var operations = ParticipantCalls.OperationsOf(call.Operations, engine.MaxOperationsBytes, call.OnePhase);
        return await engine.CallAsync(c => new EngineWork.Input(ParticipantCalls.Commit(call, c, operations)), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<Reply> RollbackAsync(HttpContext context, ParticipantEngine engine)
    {
        var call = await ParticipantCalls.ReadAsync(context, ContractJson.Default.CompleteCall).ConfigureAwait(false);
        ParticipantCalls.Check(call);
        return await engine.CallAsync(c => new EngineWork.Input(ParticipantCalls.Rollback(call, c)), context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, Func<Task<Reply>> call)
    {
        try
        {
            return ParticipantReplies.ToHttp(await call().ConfigureAwait(false), context);
        }
        catch (BadCallException e)
        {
            return ParticipantReplies.Problem(context, e.Status, e.Type, "The call is not one of the contract", e.Message);
        }
        catch (ParticipantUnavailableException e)
        {
            return ParticipantReplies.Unavailable(context, e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The coordinator went away. What it asked for goes on, and its repetition finds it.
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
    }
}
