using System.Net;
using System.Net.Http.Headers;
using Concordat.Core;
using Concordat.Core.Participants;

namespace Concordat.Server.Delivery;

/// <summary>
/// Calls participants over HTTP. It decides nothing: what an answer means stands in <see cref="AnswerReader"/>, when to call
/// again in the core. Redirects are not followed, proxies and cookies not used, at most 64 KiB of an answer are read, and an
/// attempt ends after its time.
/// </summary>
public sealed class HttpCallSender : ICallSender, IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpMessageInvoker _http;
    private readonly TimeSpan _attemptTimeout;
    private readonly Func<string> _inquiryBase;
    private readonly CallsUnderWay _underWay = new();

    /// <param name="inquiryBase">The coordinator's own address, as participants see it; known once the server listens.</param>
    public HttpCallSender(TimeSpan attemptTimeout, Func<string> inquiryBase)
    {
        _attemptTimeout = attemptTimeout;
        _inquiryBase = inquiryBase;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = attemptTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            // The trace context is the transaction's, not this thread's.
            ActivityHeadersPropagator = null,
        });
    }

    public void Send(OutgoingCall call, Action<CallEnded> report)
    {
        var timeout = _underWay.Begin(call.Key, TimeoutOf(call));
        // Away from the engine's thread: connecting and writing take longer than a step.
        ThreadPool.UnsafeQueueUserWorkItem(
            static work => _ = work.Sender.RunAsync(work.Call, work.Timeout, work.Report),
            (Sender: this, Call: call, Timeout: timeout, Report: report),
            preferLocal: false);
    }

    public void Cancel(CallKey key) => _underWay.Cancel(key);

    public void Dispose() => _http.Dispose();

    private TimeSpan TimeoutOf(OutgoingCall call) => (call as CallStep)?.Timeout ?? _attemptTimeout;

    private async Task RunAsync(OutgoingCall call, CancellationTokenSource timeout, Action<CallEnded> report)
    {
        var result = await CallAsync(call, timeout.Token);
        if (_underWay.End(call.Key, timeout))
        {
            report(new CallEnded(call.Key, result));
        }
    }

    private async Task<CallResult> CallAsync(OutgoingCall call, CancellationToken timeout)
    {
        try
        {
            using var request = call switch
            {
                Call branch => MakeRequest(branch),
                CallStep step => StepRequest.Make(step),
                _ => throw new Core.ProtocolViolationException($"{call.GetType().Name} is no call"),
            };
            using var response = await _http.SendAsync(request, timeout);
            var body = await ReadAsync(response.Content, timeout);
            return call is CallStep { Target.Phase: var phase }
                ? AnswerReader.Read(phase, (int)response.StatusCode, body, RetryAfterOf(response))
                : AnswerReader.Read(((Call)call).Kind, (int)response.StatusCode, body.Span, RetryAfterOf(response));
        }
        catch (OperationCanceledException)
        {
            return new Failed(FailureKind.Timeout, $"no answer within {TimeoutOf(call).TotalSeconds:0.###} s");
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return new Failed(FailureKind.NotConnected, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new Failed(FailureKind.Unreachable, e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message);
        }
        catch (Exception e)
        {
            // Whatever it was, the call must end with a report, or its branch would wait for ever.
            return new Failed(FailureKind.Unreachable, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private HttpRequestMessage MakeRequest(Call call)
    {
        var path = call.Kind switch
        {
            CallKind.Prepare => "/prepare",
            CallKind.Rollback => "/rollback",
            _ => "/commit",
        };
        var request = new HttpRequestMessage(HttpMethod.Post, call.Target.Url.TrimEnd('/') + path)
        {
            Content = new ByteArrayContent(CallBody.Write(call, _inquiryBase())) { Headers = { ContentType = Json } },
        };
        if (call.Target.TraceParent is { } traceParent)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        return request;
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken timeout)
    {
        if (content.Headers.ContentLength == 0)
        {
            return default;
        }

        await using var stream = await content.ReadAsStreamAsync(timeout);
        var body = new byte[Math.Clamp(content.Headers.ContentLength ?? 1024, 1, MaxAnswerBytes)];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(body.AsMemory(length), timeout);
            length += read;
            if (read == 0 || length == MaxAnswerBytes || length == content.Headers.ContentLength)
            {
                return body.AsMemory(0, length);
            }

            if (length == body.Length)
            {
                Array.Resize(ref body, Math.Min(body.Length * 4, MaxAnswerBytes));
            }
        }
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;
}
