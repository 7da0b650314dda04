using System.Net;
using Concordat.Server.Configuration;
using Concordat.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Hosting;

/// <summary>
/// Composes the server: settings, Kestrel, API. Nothing comes from anywhere but the named file, the environment's
/// <c>Concordat__…</c> and <c>Logging__…</c>, and the caller.
/// </summary>
public static class ServerHost
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(2);
    private const int MaxHeaderBytes = 16 * 1024;

    /// <summary>Kestrel counts the framing of chunks too; the calls themselves hold a body to its limit.</summary>
    private const int MaxFramedBodyBytes = 8 * RequestBody.MaxBytes;

    /// <summary>How much longer than the drain the host waits for its services, so that the drain's own end is the rule.</summary>
    private static readonly TimeSpan DrainMargin = TimeSpan.FromSeconds(5);

    /// <exception cref="ConfigurationException">It cannot start like this. The message says what to change.</exception>
    public static WebApplication Build(ServerHostSettings settings)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ConfigurationException("the server runs on Linux only: elsewhere a write that reports success may not be on the disk");
        }

        var configuration = ConfigurationLoading.Read(settings.ConfigFile);
        var options = ConfigurationLoading.Load(configuration, settings.Configure);
        CheckLogging(configuration);
        var endPoints = ListenUrls.Parse(settings.Urls);
        var warnings = CheckExposure(endPoints, options, settings.AllowUnauthenticated);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(configuration);
        AddLogging(builder.Logging, configuration);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, endPoints, options));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Shutdown.DrainSeconds) + DrainMargin);
        builder.Services.AddSingleton(new StartWarnings(warnings));
        builder.Services.AddConcordatServer(configuration, settings.Configure);
        settings.AddServices(builder.Services);

        var app = builder.Build();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Concordat.Server");
        foreach (var warning in warnings)
        {
            HostingLog.StartWarning(logger, warning);
        }

        app.UseConcordatProblems();
        app.MapConcordat();
        return app;
    }

    /// <summary>Made once to try: what the section Logging cannot be used for comes out where a logger is made, deep inside the host.</summary>
    private static void CheckLogging(IConfiguration configuration)
    {
        try
        {
            using var services = new ServiceCollection().AddLogging(logging => AddLogging(logging, configuration)).BuildServiceProvider();
            services.GetRequiredService<ILoggerFactory>().CreateLogger("Concordat.Server");
        }
        catch (Exception e) when (e is InvalidOperationException or OptionsValidationException or FormatException or ArgumentException)
        {
            throw new ConfigurationException($"the settings under Logging cannot be used: {e.Message}", e);
        }
    }

    private static List<string> CheckExposure(IReadOnlyList<IPEndPoint> endPoints, ServerOptions options, bool allowUnauthenticated)
    {
        var exposed = endPoints.Where(static endPoint => !ListenUrls.IsLoopback(endPoint)).ToList();
        if (exposed.Count == 0 || options.Auth.Tokens.Count > 0)
        {
            return [];
        }

        var where = string.Join(", ", exposed);
        return allowUnauthenticated
            ? [$"anybody who reaches {where} can begin, roll back and settle transactions: no Concordat:Auth:Tokens are configured"]
            : throw new ConfigurationException(
                $"{where} can be reached from other machines, and no authentication is configured. Set a token of {ServerOptionsValidation.MinTokenLength} or more "
                + "characters as Concordat:Auth:Tokens in the configuration file or as Concordat__Auth__Tokens__0 in the environment, listen on "
                + $"{ListenUrls.Default} instead, or pass --allow-unauthenticated where the network itself keeps others out.");
    }

    private static void Configure(KestrelServerOptions kestrel, IReadOnlyList<IPEndPoint> endPoints, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxFramedBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.MaxConcurrentConnections = options.Limits.MaxConnections;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        foreach (var endPoint in endPoints)
        {
            kestrel.Listen(endPoint);
        }
    }

    /// <summary>Standard output is for data; the log goes to standard error, a line per event.</summary>
    private static void AddLogging(ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // Its only use here would be an Activity and three events per request; the edge logs what fails.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
