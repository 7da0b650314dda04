using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Concordat.Client;

/// <summary>The one way in which the SDK talks HTTP to a coordinator: pooled connections, no redirects, no cookies.</summary>
internal static class CoordinatorHttpClients
{
    /// <summary>The name at <see cref="IHttpClientFactory"/>; a host may add handlers under it.</summary>
    public const string Name = "Concordat.Coordinator";

    /// <summary>A page of large documents stays well below.</summary>
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient(Name)

            // Four lines for every call, which say less than what the SDK logs by itself; a host that wants them adds them again.
            .RemoveAllLoggers()

            // Each attempt has a deadline of its own.
            .ConfigureHttpClient(static http =>
            {
                http.Timeout = Timeout.InfiniteTimeSpan;
                http.MaxResponseContentBufferSize = MaxAnswerBytes;
            })
            .ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(5),

                // An address behind a name may move; a pooled connection would not notice.
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
    }

    /// <summary>A path below a base address, which may itself have a path.</summary>
    public static Uri Combine(Uri baseAddress, string path) =>
        new(baseAddress.AbsoluteUri.EndsWith('/') ? baseAddress : new Uri(baseAddress.AbsoluteUri + "/"), path);
}
