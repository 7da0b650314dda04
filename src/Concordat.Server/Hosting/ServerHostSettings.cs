using Concordat.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Server.Hosting;

/// <summary>What the command line says, or a host of one's own.</summary>
public sealed record ServerHostSettings
{
    public IReadOnlyList<string> Urls { get; init; } = [ListenUrls.Default];

    /// <summary>A JSON file with the sections <c>Concordat</c> and <c>Logging</c>.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Listen beyond loopback without authentication, with a warning.</summary>
    public bool AllowUnauthenticated { get; init; }

    /// <summary>Changes settings after the file and the environment: for options of the command line.</summary>
    public Action<ServerOptions>? Configure { get; init; }

    /// <summary>Adds the engine (<c>AddConcordatEngine</c>), and whatever else.</summary>
    public required Action<IServiceCollection> AddServices { get; init; }
}
