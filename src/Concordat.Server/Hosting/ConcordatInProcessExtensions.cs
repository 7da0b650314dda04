using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Concordat.Server.Hosting;

public static class ConcordatInProcessExtensions
{
    /// <summary>
    /// A client in the coordinator's own process calls it without a socket between them:
    /// <code>
    /// builder.Services.AddConcordatServer(builder.Configuration);
    /// builder.Services.AddConcordatEngine();
    /// builder.Services.AddConcordatClient().Http.CallInProcess();
    /// </code>
    /// Every call runs through the host's middleware as one from outside does. Until the host is started nobody is reached. The client's address is not used,
    /// and the calls' limits are the client's own.
    /// </summary>
    public static IHttpClientBuilder CallInProcess(this IHttpClientBuilder http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Services.TryAddSingleton<InProcessPipeline>();
        http.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, InProcessPipeline>(static s => s.GetRequiredService<InProcessPipeline>()));
        return http.ConfigurePrimaryHttpMessageHandler(static s => new InProcessHandler(s.GetRequiredService<InProcessPipeline>(), s.GetRequiredService<IServiceScopeFactory>()));
    }
}
