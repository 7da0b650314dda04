using System.Net;
using System.Net.Sockets;

namespace Concordat.Client;

/// <summary>How one attempt at a request ended, in terms of what the coordinator may have done with it.</summary>
internal abstract record Attempt
{
    private Attempt()
    {
    }

    /// <summary>There is an answer; its status is below 500.</summary>
    public sealed record Answered(HttpResponseMessage Response) : Attempt;

    /// <summary>Certainly not processed: it was never sent.</summary>
    public sealed record NotSent(string Text, Exception? Cause) : Attempt;

    /// <summary>503: refused before anything was begun.</summary>
    public sealed record Overloaded(Problem Problem, TimeSpan? RetryAfter) : Attempt;

    /// <summary>Sent, and no usable answer: it may or may not have been processed.</summary>
    public sealed record Lost(string Text, Exception? Cause) : Attempt;

    /// <summary>It was not answered among others: to be made by itself, at once.</summary>
    /// <param name="Before">An earlier attempt that may have been processed; null where none was.</param>
    public sealed record Alone(Lost? Before) : Attempt;

    public static async Task<Attempt> MakeAsync(
        HttpClient http, HttpRequestMessage request, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            if ((int)response.StatusCode < 500)
            {
                return new Answered(response);
            }

            using (response)
            {
                return OfFailure(response, await Problem.ReadAsync(response, either.Token).ConfigureAwait(false), time);
            }
        }
        catch (Exception e) when (OfException(e, timeout, cancellationToken, either.Token) is { } attempt)
        {
            return attempt;
        }
    }

    /// <summary>The same on the calling thread, which blocks meanwhile.</summary>
    public static Attempt Make(HttpClient http, HttpRequestMessage request, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return Of(http.Send(request, HttpCompletionOption.ResponseContentRead, either.Token), time);
        }
        catch (Exception e) when (OfException(e, timeout, cancellationToken, either.Token) is { } attempt)
        {
            return attempt;
        }
    }

    /// <summary>Of an answer that is here as a whole.</summary>
    public static Attempt Of(HttpResponseMessage response, TimeProvider time)
    {
        if ((int)response.StatusCode < 500)
        {
            return new Answered(response);
        }

        using (response)
        {
            return OfFailure(response, Problem.Read(response), time);
        }
    }

    /// <summary>Only the coordinator's own 503 says that nothing was done: a proxy says it also of a request whose server died over it.</summary>
    private static Attempt OfFailure(HttpResponseMessage response, Problem problem, TimeProvider time) =>
        response.StatusCode == HttpStatusCode.ServiceUnavailable && problem.Type.StartsWith("/problems/", StringComparison.Ordinal)
            ? new Overloaded(problem, RetryAfterOf(response, time))
            : new Lost(problem.Text, null);

    /// <summary>Null for what is not the attempt's: the caller's own cancellation, and errors of a program.</summary>
    private static Attempt? OfException(Exception e, TimeSpan timeout, CancellationToken callers, CancellationToken either) => e switch
    {
        HttpRequestException http when WasNotSent(http) => new NotSent(e.Message, e),
        HttpRequestException or IOException => new Lost(e.Message, e),

        // The handler's connect timeout: the only one that is not ours.
        OperationCanceledException { InnerException: TimeoutException connect } when !either.IsCancellationRequested => new NotSent(connect.Message, e),
        OperationCanceledException when !callers.IsCancellationRequested => new Lost($"no answer within {timeout.TotalSeconds:0.###} s", e),
        _ => null,
    };

    private static bool WasNotSent(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError
        || e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } span && span < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
