using Concordat.Log;
using Concordat.Server.Configuration;
using Concordat.Server.Delivery;
using Concordat.Server.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Hosting;

public static class ConcordatEngineExtensions
{
    /// <summary>The largest request, 4 MiB, and what is added to it.</summary>
    private const int MaxRecordBytes = 5 * 1024 * 1024;

    /// <summary>A little less than four segments of the usual size.</summary>
    private const long MaxCheckpointBytes = 60 * 1024 * 1024;

    /// <summary>
    /// Adds the engine on the data directory of the settings, its calls over HTTP, and a service that starts and stops it with the host.
    /// Goes beside <see cref="ConcordatServiceCollectionExtensions.AddConcordatServer"/>.
    /// </summary>
    public static IServiceCollection AddConcordatEngine(this IServiceCollection services, Action<EngineHostSettings>? configure = null)
    {
        var settings = new EngineHostSettings();
        configure?.Invoke(settings);
        services.AddSingleton(static provider => new TakenLogStorage(new FileLogStorage(Options(provider).Storage.Path)));
        services.AddSingleton(static provider =>
        {
            var address = provider.GetRequiredService<PublicAddress>();
            return new HttpCallSender(TimeSpan.FromSeconds(Options(provider).Timeouts.AttemptSeconds), () => address.Url ?? "");
        });
        services.AddSingleton(provider => new CoordinatorEngine(
            EngineOptions(Options(provider), settings),
            provider.GetRequiredService<TakenLogStorage>(),
            provider.GetRequiredService<HttpCallSender>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Concordat.Engine"),
            settings.Fatal));
        services.AddSingleton<ICoordinatorEngine>(static provider => provider.GetRequiredService<CoordinatorEngine>());
        services.AddHostedService<EngineService>();
        return services;
    }

    private static EngineOptions EngineOptions(ServerOptions options, EngineHostSettings settings)
    {
        var log = options.ToLogOptions();
        return new EngineOptions
        {
            Coordinator = options.ToCoordinatorOptions(),

            // Half a segment would do; less leaves more of the preallocated space to be promised.
            Log = log.SegmentSizeBytes > 2 * MaxRecordBytes + 1024 ? log with { MaxRecordBytes = MaxRecordBytes } : log,

            // Small files are chosen for small disks: only a checkpoint lets files go, so a few must not fill one.
            CheckpointBytes = Math.Min(MaxCheckpointBytes, log.SegmentSizeBytes * 15L / 4),
            Restored = settings.Restored,
        };
    }

    private static ServerOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ServerOptions>>().Value;
}
