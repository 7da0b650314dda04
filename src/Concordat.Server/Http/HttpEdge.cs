using Concordat.Core;
using Concordat.Server.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Http;

/// <summary>
/// What every call has in common: who is let in, how the engine is asked, and how whatever goes wrong becomes a problem document.
/// </summary>
internal sealed class HttpEdge(
    ICoordinatorEngine engine, RequestLimits limits, WaitGate gate, BearerTokens tokens, IHostApplicationLifetime lifetime, ILogger<HttpEdge> logger)
{
    public ICoordinatorEngine Engine => engine;

    public RequestLimits Limits => limits;

    public WaitGate Gate => gate;

    public BearerTokens Tokens => tokens;

    public ILogger Logger => logger;

    /// <summary>Fires when the server begins to stop: who waits only to see an end is answered with what there is.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>Open to everybody.</summary>
    public RequestDelegate Open(RequestDelegate handler) => http => Guard(http, handler);

    /// <summary>For who shows a token, where tokens are configured.</summary>
    public RequestDelegate Protected(RequestDelegate handler) => Open(http =>
    {
        tokens.Check(http.Request);
        return handler(http);
    });

    /// <summary>Asks the engine. A client that goes away changes nothing: there is no way to call it back.</summary>
    /// <exception cref="ProblemException">It refused, or takes nothing in.</exception>
    public async Task<Response> Ask(Func<Caller, Request> makeRequest)
    {
        Response response;
        try
        {
            response = await engine.AskAsync(makeRequest);
        }
        catch (EngineUnavailableException e)
        {
            throw (e.State switch
            {
                EngineState.Ready => ProblemTypes.Overloaded,
                EngineState.Recovering => ProblemTypes.Recovering,
                _ => ProblemTypes.Draining,
            }).With(e.Message);
        }

        catch (EngineStoppedException e)
        {
            throw ProblemTypes.OutcomeNotKnown.With(e.Message);
        }

        return response is ProblemResponse problem ? throw new ProblemException(ProblemTypes.Of(problem.Kind), problem.Detail) { Cycle = problem.Cycle } : response;
    }

    /// <summary>The same, for an answer that may be as far away as a deadline.</summary>
    public async Task<Response> AskAndWait(Func<Caller, Request> makeRequest)
    {
        gate.Enter();
        try
        {
            return await Ask(makeRequest);
        }
        finally
        {
            gate.Leave();
        }
    }

    /// <summary>The same for a wait of the caller's choice, until something is known.</summary>
    public Task<Response> AskOrWait(TimeSpan? wait, Func<Caller, Request> makeRequest, Func<Caller, Request> makeLook) =>
        wait is null ? Ask(makeLook) : UnlessStopping(AskAndWait(makeRequest), makeLook);

    /// <summary>The same for a lock: what a stop finds without it is answered with a look.</summary>
    public async Task<Response> LockOrWait(TimeSpan wait, Func<Caller, Request> makeRequest, Func<Caller, Request> makeLook)
    {
        if (wait == TimeSpan.Zero)
        {
            return await Ask(makeRequest);
        }

        gate.EnterLock();
        try
        {
            return await UnlessStopping(Ask(makeRequest), makeLook);
        }
        finally
        {
            gate.LeaveLock();
        }
    }

    /// <summary>For the end of a saga, which the request may begin.</summary>
    public async Task<Response> WaitForSaga(Func<Caller, Request> makeRequest)
    {
        gate.EnterSaga();
        try
        {
            Caller? asked = null;
            var ended = Ask(caller => makeRequest(asked = caller));

            // What the engine has not taken in yet has no name: its answer is near.
            return await UnlessStopping(ended, () => (asked as EngineCaller)?.Saga is { } id ? Ask(caller => new GetSagaInput(caller, id)) : ended);
        }
        finally
        {
            gate.LeaveSaga();
        }
    }

    /// <summary>The same for an inquiry.</summary>
    public async Task<Response> InquireOrWait(TimeSpan? wait, Func<Caller, Request> makeRequest, Func<Caller, Request> makeLook)
    {
        if (wait is null || !gate.TryEnterInquiry())
        {
            return await Ask(makeLook);
        }

        try
        {
            return await UnlessStopping(Ask(makeRequest), makeLook);
        }
        finally
        {
            gate.LeaveInquiry();
        }
    }

    /// <summary>A wait must not hold up a stop: then the answer is how things stand, as after a wait that was too short.</summary>
    private Task<Response> UnlessStopping(Task<Response> known, Func<Caller, Request> makeLook) => UnlessStopping(known, () => Ask(makeLook));

    private async Task<Response> UnlessStopping(Task<Response> known, Func<Task<Response>> look)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = Stopping.Register(static state => ((TaskCompletionSource)state!).TrySetResult(), stopping);
        if (await Task.WhenAny(known, stopping.Task) == known)
        {
            return await known;
        }

        // Whatever the wait still comes to is nobody's any more.
        _ = known.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return await look();
    }

    private async Task Guard(HttpContext http, RequestDelegate handler)
    {
        try
        {
            await handler(http);
        }
        catch (ProblemException e) when (!http.Response.HasStarted)
        {
            await ProblemAnswers.Send(http, e.Type, e.Message, e.Cycle);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client is gone in the middle of its request or answer; what the engine took in goes on.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            HttpLog.RequestFailed(logger, e, http.Request.Method, http.Request.Path, ProblemAnswers.TraceIdOf(http));
            await ProblemAnswers.Send(http, ProblemTypes.Internal,
                "the request may or may not have been taken in: repeat it under its idempotency key, or look; the server's log has the trace id");
        }
    }
}
