using System.Net;
using System.Net.Sockets;

namespace Concordat.Torture.Tests.Machines;

/// <summary>
/// A network of its own: every process in a namespace, all of them wired to a router, which is where the tests' clients are too.
/// <code>
///   coordinator 10.77.1.2 ──┐            ┌── bank-a 10.77.2.2
///                           ├── router ──┼── bank-b 10.77.3.2
///   clients ────────────────┘            └── bank-c 10.77.4.2
/// </code>
/// The router drops or resets what it is told to, and cables can be pulled. There is no way from here to any other network.
/// </summary>
internal sealed class Network : Machine
{
    private readonly Dictionary<string, (PrivateNamespace Namespace, int Number)> _nodes = new(StringComparer.Ordinal);
    private PrivateNamespace? _router;
    private SocketsInside? _sockets;

    protected override async Task PutUpAsync(IReadOnlyList<string> processes)
    {
        Assert.SkipWhen(Programs.Find("ip") is null || Programs.Find("nft") is null, "not run: ip (iproute2) or nft (nftables) is not installed");
        _router = await PrivateNamespace.CreateAsync(Output, PrivateNamespace.Network);
        foreach (var process in processes)
        {
            var (node, number) = (await PrivateNamespace.CreateAsync(Output, PrivateNamespace.Network), _nodes.Count + 1);
            _nodes.Add(process, (node, number));
            var (exitCode, output) = await _router.TryAsync("ip", "link", "add", CableOf(process), "type", "veth", "peer", "name", "eth0", "netns", $"{node.Holder}");
            Assert.SkipWhen(exitCode != 0, $"not run: there are no virtual network cables here: {output}");
            await _router.RunAsync("ip", "address", "add", $"10.77.{number}.1/24", "dev", CableOf(process));
            await _router.RunAsync("ip", "link", "set", CableOf(process), "up");
            await node.RunAsync("ip", "address", "add", $"10.77.{number}.2/24", "dev", "eth0");
            await node.RunAsync("ip", "link", "set", "eth0", "up");
            await node.RunAsync("ip", "route", "add", "default", "via", $"10.77.{number}.1");
        }

        await _router.RunAsync("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        var (filters, why) = await _router.TryAsync("nft", Rules([]));
        Assert.SkipWhen(filters != 0, $"not run: nftables do not filter here: {why}");
        _sockets = new SocketsInside(_router);
    }

    internal override string AddressOf(string process) => $"10.77.{_nodes[process].Number}.2";

    internal override string[] Around(string process, string[] command) => _nodes[process].Namespace.Inside(command);

    internal override SocketsHttpHandler Http()
    {
        var handler = base.Http();
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = await _sockets!.NewAsync();
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return handler;
    }

    /// <summary>What one sends to the other vanishes.</summary>
    internal string Drop(string from, string to) => $"ip saddr {AddressOf(from)} ip daddr {AddressOf(to)} drop";

    /// <summary>What one sends to the other is answered with a reset.</summary>
    internal string Reset(string from, string to) => $"ip saddr {AddressOf(from)} ip daddr {AddressOf(to)} meta l4proto tcp reject with tcp reset";

    /// <summary>These, all at once, and no others.</summary>
    internal Task FilterAsync(params string[] rules) => _router!.RunAsync("nft", Rules(rules));

    internal Task PullCableAsync(string process) => _router!.RunAsync("ip", "link", "set", CableOf(process), "down");

    internal async Task HealAsync()
    {
        await FilterAsync();
        foreach (var process in _nodes.Keys)
        {
            await _router!.RunAsync("ip", "link", "set", CableOf(process), "up");
        }
    }

    private string CableOf(string process) => $"to{_nodes[process].Number}";

    private static string Rules(string[] rules) =>
        $$"""
        flush ruleset
        table inet cuts {
          chain forward {
            type filter hook forward priority 0; policy accept;
            {{string.Join("\n    ", rules)}}
          }
        }
        """;

    public override async ValueTask DisposeAsync()
    {
        _sockets?.Dispose();
        foreach (var (node, _) in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        if (_router is not null)
        {
            await _router.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
