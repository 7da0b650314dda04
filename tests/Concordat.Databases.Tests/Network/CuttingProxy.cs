using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Concordat.Databases.Tests.Network;

/// <summary>
/// Stands between a client and its server, and cuts the cable at the worst moment: after a certain statement has gone through, before
/// its answer has.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _server;
    private readonly Task _accepting;
    private volatile byte[]? _statement;
    private int _cuts;

    internal CuttingProxy(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it has done so.</summary>
    internal int Cuts => _cuts;

    /// <param name="part">Of the text of the statement.</param>
    internal void CutAfter(string part) => _statement = Encoding.ASCII.GetBytes(part);

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            var cut = new StrongBox();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _end.Token);
                var there = CopyAsync(client, server, bytes => Watch(bytes, cut), _end.Token);
                var back = CopyAsync(server, client, _ => !cut.Value, _end.Token);
                await Task.WhenAny(there, back);
                client.Close();
                server.Close();
                await Task.WhenAll(there, back);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // An end was closed, which is what this is for.
            }
        }
    }

    /// <summary>True: pass it on. What follows the statement is passed on too; its answer is not.</summary>
    private bool Watch(ReadOnlyMemory<byte> bytes, StrongBox cut)
    {
        if (_statement is { } statement && bytes.Span.IndexOf(statement) >= 0)
        {
            _statement = null;
            cut.Value = true;
            Interlocked.Increment(ref _cuts);
        }

        return true;
    }

    private static async Task CopyAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, bool> pass, CancellationToken end)
    {
        var buffer = new byte[BufferBytes];
        while (await from.ReceiveAsync(buffer, end) is var read and > 0 && pass(buffer.AsMemory(0, read)))
        {
            await to.SendAsync(buffer.AsMemory(0, read), end);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private sealed class StrongBox
    {
        internal volatile bool Value;
    }
}
