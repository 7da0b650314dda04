using System.Net;
using Concordat.Server.Configuration;

namespace Concordat.Server.Hosting;

/// <summary>The addresses of <c>--urls</c>, of the form <c>http://host:port</c>; several are separated by semicolons.</summary>
internal static class ListenUrls
{
    public const string Default = "http://127.0.0.1:7070";

    /// <exception cref="ConfigurationException">Names the address that cannot be listened on.</exception>
    public static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> urls)
    {
        var endPoints = urls.SelectMany(static url => url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .SelectMany(ParseOne).Distinct().ToList();
        return endPoints.Count > 0 ? endPoints : throw new ConfigurationException($"--urls names no address; give one such as {Default}");
    }

    public static bool IsLoopback(IPEndPoint endPoint) => IPAddress.IsLoopback(endPoint.Address);

    private static IEnumerable<IPEndPoint> ParseOne(string url)
    {
        if (url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ConfigurationException($"--urls {url}: https is not spoken here; listen on http and put a proxy that speaks it in front");
        }

        // "*" and "+" are how .NET's own servers are told to listen on every address.
        var wildcard = url.Replace("//*", "//[::]", StringComparison.Ordinal).Replace("//+", "//[::]", StringComparison.Ordinal);
        if (!Uri.TryCreate(wildcard, UriKind.Absolute, out var uri) || uri.Scheme != "http"
            || uri is not { PathAndQuery: "/", Fragment: "", UserInfo: "" })
        {
            throw new ConfigurationException($"--urls {url} is not of the form http://host:port");
        }

        var host = uri.Host.Trim('[', ']');
        if (host is "localhost")
        {
            // With port 0 each would get a port of its own, and "localhost" would be two servers.
            return uri.Port == 0
                ? [new IPEndPoint(IPAddress.Loopback, 0)]
                : System.Net.Sockets.Socket.OSSupportsIPv6
                    ? [new IPEndPoint(IPAddress.Loopback, uri.Port), new IPEndPoint(IPAddress.IPv6Loopback, uri.Port)]
                    : [new IPEndPoint(IPAddress.Loopback, uri.Port)];
        }

        return IPAddress.TryParse(host, out var ip)
            ? [new IPEndPoint(ip, uri.Port)]
            : throw new ConfigurationException($"--urls {url}: '{host}' is not an address of this machine; give an IP address, localhost, or * for all");
    }
}
