using System.Net;
using Concordat.Server.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Concordat.Server.Hosting;

/// <summary>Where participants reach this server: <c>PublicUrl</c>, or else the first address that is listened on.</summary>
public sealed class PublicAddress(IOptions<ServerOptions> options, IServer server)
{
    private volatile string? _url;

    /// <summary>Without a slash at its end. Null until the server listens: before, there is no request and so nobody to give it to.</summary>
    public string? Url => _url ??= Find();

    public string? InquiryUrlOf(TransactionId id) => Url is { } url ? $"{url}/v1/transactions/{id}/outcome" : null;

    private string? Find()
    {
        if (options.Value.PublicUrl is { } configured)
        {
            return configured.TrimEnd('/');
        }

        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return address is null || !Uri.TryCreate(address, UriKind.Absolute, out var uri) ? null : Reachable(uri);
    }

    /// <summary>"Every address" is none that can be called: the machine's name stands for it.</summary>
    private static string Reachable(Uri uri) =>
        IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? $"{uri.Scheme}://{Dns.GetHostName()}:{uri.Port}"
            : uri.GetLeftPart(UriPartial.Authority);
}
