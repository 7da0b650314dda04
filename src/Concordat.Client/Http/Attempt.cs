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
                var problem = await Problem.ReadAsync(response, either.Token).ConfigureAwait(false);
                return response.StatusCode == HttpStatusCode.ServiceUnavailable
                    ? new Overloaded(problem, RetryAfterOf(response, time))
                    : new Lost(problem.Text, null);
            }
        }
        catch (HttpRequestException e) when (WasNotSent(e))
        {
            return new NotSent(e.Message, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new Lost(e.Message, e);
        }
        catch (OperationCanceledException e) when (e.InnerException is TimeoutException && !either.IsCancellationRequested)
        {
            // The handler's connect timeout: the only one that is not ours.
            return new NotSent(e.InnerException.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return new Lost($"no answer within {timeout.TotalSeconds:0.###} s", e);
        }
    }

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
