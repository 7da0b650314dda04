using System.CommandLine;
using Concordat.Cli.Output;
using Concordat.Server.Configuration;
using Concordat.Server.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Cli.Serving;

internal static class ServeCommand
{
    private const string DefaultUrl = "http://127.0.0.1:7070";

    internal static Command Create(Terminal terminal)
    {
        var data = new Option<string?>("--data") { Description = "The data directory, created where it is missing. Default: Concordat:Storage:Path, or ./data", HelpName = "DIR" };
        var urls = new Option<string[]>("--urls")
        {
            Description = "Where to listen; several, or separated by semicolons. Port 0: any free one",
            HelpName = "URL",
            DefaultValueFactory = _ => [DefaultUrl],
            AllowMultipleArgumentsPerToken = true,
        };
        var config = new Option<string?>("--config") { Description = "A JSON file with the sections \"Concordat\" and \"Logging\"", HelpName = "FILE" };
        var restored = new Option<bool>("--restored")
        {
            Description = "The data directory is a copy from earlier: what it cannot know is answered \"pending\" until an operator settles it",
        };
        var drain = new Option<double?>("--drain-seconds") { Description = "How long a stop waits for what is decided to be finished. Default: 10", HelpName = "N" };
        var open = new Option<bool>("--allow-unauthenticated") { Description = "Listen beyond loopback although no tokens are configured" };
        drain.AcceptOnly(static seconds => seconds is null or (>= 0 and <= 3600), "--drain-seconds must be from 0 to 3600");
        var serve = new CommandWithExamples(
            "serve",
            "Run the coordinator",
            "concordat serve --data ./data",
            "concordat serve --data ./data --urls http://127.0.0.1:0          # any free port; the line 'listening on' names it",
            "concordat serve --config concordat.json --drain-seconds 30",
            "concordat serve --data ./copy-of-data --restored                 # after restoring a backup")
        {
            data, urls, config, restored, drain, open,
        };
        serve.SetAction((parsed, cancellationToken) =>
        {
            var run = new ServerRun(terminal)
            {
                Restored = parsed.GetValue(restored),
                Settings = new ServerHostSettings
                {
                    Urls = parsed.GetValue(urls)!,
                    ConfigFile = parsed.GetValue(config),
                    AllowUnauthenticated = parsed.GetValue(open),
                    Configure = options => Override(options, parsed.GetValue(data), parsed.GetValue(drain)),
                    AddServices = static _ => { },
                },
            };
            return run.RunAsync(cancellationToken);
        });
        return serve;
    }

    private static void Override(ServerOptions options, string? data, double? drainSeconds)
    {
        options.Storage.Path = data ?? options.Storage.Path;
        options.Shutdown.DrainSeconds = drainSeconds ?? options.Shutdown.DrainSeconds;
    }
}
