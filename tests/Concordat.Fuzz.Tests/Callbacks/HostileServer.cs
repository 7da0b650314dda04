using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Concordat.Fuzz.Tests.Callbacks;

internal sealed record HeardRequest(string Method, string Path, string Body);

/// <summary>A server made of a socket, that reads requests as they should be and answers them as it is told.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(20);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private long _mostFlooded;
    private int _accepted;

    public HostileServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");
        _accepting = Accept();
    }

    public string Url { get; }

    /// <summary>Says how each request is answered.</summary>
    public Func<HeardRequest, HostileAnswer> Answer { get; set; } = _ => HostileAnswer.Whole(500, "");

    /// <summary>What the other side took at most of one answer that never ends.</summary>
    public long MostFloodedBytes => Interlocked.Read(ref _mostFlooded);

    public int Connections => Volatile.Read(ref _accepted);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(Serve(socket));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(Socket socket)
    {
        await Task.Yield();
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                var unread = new List<byte>();
                while (await Read(socket, unread) is { } request)
                {
                    foreach (var act in Answer(request).Acts)
                    {
                        if (!await Do(socket, act))
                        {
                            return;
                        }
                    }
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The other side has had enough, or the test is over.
            }
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> Do(Socket socket, Act act)
    {
        switch (act)
        {
            case Act.Send send:
                await SendAll(socket, send.Bytes);
                return true;
            case Act.Drip drip:
                foreach (var one in drip.Bytes)
                {
                    await SendAll(socket, [one]);
                    await Task.Delay(drip.PauseMs, _stop.Token);
                }

                return true;
            case Act.Flood flood:
                await Flood(socket, flood.Bytes);
                return false;
            case Act.Silence:
                await Task.Delay(LongestSilence, _stop.Token);
                return false;
            case Act.Reset:
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                return false;
            default:
                socket.Shutdown(SocketShutdown.Both);
                return false;
        }
    }

    private async Task Flood(Socket socket, byte[] bytes)
    {
        long sent = 0;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                sent += await SendAll(socket, bytes);
            }
        }
        finally
        {
            long most;
            while (sent > (most = Interlocked.Read(ref _mostFlooded)) && Interlocked.CompareExchange(ref _mostFlooded, sent, most) != most)
            {
            }
        }
    }

    private async Task<int> SendAll(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), _stop.Token);
        }

        return bytes.Length;
    }

    private async Task<HeardRequest?> Read(Socket socket, List<byte> unread)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            if (Parse(unread) is { } request)
            {
                return request;
            }

            var read = await socket.ReceiveAsync(buffer.AsMemory(), _stop.Token);
            if (read == 0)
            {
                return null;
            }

            unread.AddRange(buffer.AsSpan(0, read));
        }
    }

    private static HeardRequest? Parse(List<byte> unread)
    {
        var bytes = unread.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        if (lines.Contains("Transfer-Encoding: chunked", StringComparer.OrdinalIgnoreCase))
        {
            // Only the registration comes so, and what it says is not looked at.
            var last = bytes.AsSpan(end).IndexOf("\r\n0\r\n\r\n"u8);
            if (last < 0)
            {
                return null;
            }

            unread.RemoveRange(0, end + last + 7);
            return new HeardRequest(lines[0].Split(' ')[0], lines[0].Split(' ')[1], "");
        }

        var length = lines.FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } line
            ? int.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)
            : 0;
        if (bytes.Length < end + 4 + length)
        {
            return null;
        }

        unread.RemoveRange(0, end + 4 + length);
        var first = lines[0].Split(' ');
        return new HeardRequest(first[0], first[1], Encoding.UTF8.GetString(bytes, end + 4, length));
    }
}
