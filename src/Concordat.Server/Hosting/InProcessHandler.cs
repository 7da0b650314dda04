using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Server.Hosting;

/// <summary>Answers an <see cref="HttpClient"/>'s requests with this process's own pipeline, on the caller's thread as far as that goes.</summary>
internal sealed class InProcessHandler(InProcessPipeline pipeline, IServiceScopeFactory scopes) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Certainly not sent, as a client sees it: it may try again.
        var handle = pipeline.Handle ?? throw new HttpRequestException(HttpRequestError.ConnectionError, "this process has not started its server yet");
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        using var answer = new MemoryStream();
        using var aborted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(RequestOf(request, body));
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = aborted.Token });

        // Not by the factory, which would take the caller's own context out of its IHttpContextAccessor.
        var context = new DefaultHttpContext(features) { ServiceScopeFactory = scopes };
        try
        {
            await handle(context);
            await context.Response.CompleteAsync();
        }
        finally
        {
            await ((context.Features.Get<IServiceProvidersFeature>() as IAsyncDisposable)?.DisposeAsync() ?? default);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return AnswerOf(request, context.Response, answer.ToArray());
    }

    /// <summary>For scopes, whose calls block.</summary>
#pragma warning disable VSTHRD002 // There is no context that it could wait for: the pipeline has none.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private static HttpRequestFeature RequestOf(HttpRequestMessage request, byte[] body)
    {
        var uri = request.RequestUri!;
        var feature = new HttpRequestFeature
        {
            Method = request.Method.Method,
            Scheme = uri.Scheme,
            Protocol = HttpProtocol.Http11,
            Path = Uri.UnescapeDataString(uri.AbsolutePath),
            QueryString = uri.Query,
            RawTarget = uri.PathAndQuery,
            Body = new MemoryStream(body, writable: false),
        };
        foreach (var (name, values) in request.Content is null ? request.Headers : request.Headers.Concat(request.Content.Headers))
        {
            feature.Headers[name] = values.ToArray();
        }

        feature.Headers.Host = request.Headers.Host ?? uri.Authority;
        feature.Headers.ContentLength = request.Content is null ? null : body.Length;
        return feature;
    }

    private static HttpResponseMessage AnswerOf(HttpRequestMessage request, HttpResponse response, byte[] body)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)response.StatusCode) { RequestMessage = request, Content = new ByteArrayContent(body) };
        foreach (var (name, values) in response.Headers)
        {
            if (!answer.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                answer.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        return answer;
    }
}
