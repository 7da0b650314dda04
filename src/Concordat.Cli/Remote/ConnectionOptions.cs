using System.CommandLine;

namespace Concordat.Cli.Remote;

/// <summary>Which coordinator, and how to be let in.</summary>
internal sealed class ConnectionOptions
{
    internal const string DefaultServer = "http://127.0.0.1:7070";

    internal Option<string?> Server { get; } = new("--server", "-s")
    {
        Description = $"The coordinator's address. Default: CONCORDAT_SERVER, or {DefaultServer}",
        HelpName = "URL",
        Recursive = true,
    };

    internal Option<string?> Token { get; } = new("--token")
    {
        Description = "The bearer token. Default: CONCORDAT_TOKEN, which other users of the machine cannot read off the process list",
        HelpName = "TOKEN",
        Recursive = true,
    };

    internal void AddTo(Command command)
    {
        command.Options.Add(Server);
        command.Options.Add(Token);
    }
}
