using System.Net;
using System.Net.Sockets;

namespace Concordat.Matrix.Tests.Proxies;

/// <summary>
/// Stands between clients and their server and holds chosen messages, so that everybody stops where the test wants them, without knowing. What
/// is held goes on when it is released, and is lost when the connections are cut, as when either end dies.
/// </summary>
/// <remarks>
/// A message is known by a part of its request's text. All requests that are held here are short and go out in one write, and the next bytes that
/// come back on a connection are the beginning of the answer.
/// </remarks>
internal sealed class HoldingProxy : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private readonly Lock _lock = new();
    private readonly List<Hold> _holds = [];
    private CancellationTokenSource _cut = new();

    internal HoldingProxy()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>The server's port. Who connects before it is known is turned away.</summary>
    internal int Server { get; set; }

    /// <summary>From now on no such request reaches the server.</summary>
    internal Hold HoldRequest(string part) => Add(new Hold(part, isAnswer: false));

    /// <summary>From now on such requests reach the server, and nothing of their answers comes back.</summary>
    internal Hold HoldAnswer(string part) => Add(new Hold(part, isAnswer: true));

    /// <summary>Everything goes on.</summary>
    internal void Release()
    {
        lock (_lock)
        {
            _holds.ForEach(hold => hold.Release());
            _holds.Clear();
        }
    }

    /// <summary>All connections end, with what is held on them. New ones are served.</summary>
    internal void Cut()
    {
        CancellationTokenSource cut;
        lock (_lock)
        {
            (cut, _cut) = (_cut, new CancellationTokenSource());
        }

        cut.Cancel();
        cut.Dispose();
    }

    private Hold Add(Hold hold)
    {
        lock (_lock)
        {
            _holds.Add(hold);
        }

        return hold;
    }

    private Hold? Find(ReadOnlySpan<byte> request)
    {
        lock (_lock)
        {
            foreach (var hold in _holds)
            {
                if (hold.Matches(request))
                {
                    return hold;
                }
            }
        }

        return null;
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                connections.RemoveAll(connection => connection.IsCompleted);
                lock (_lock)
                {
                    connections.Add(ServeAsync(client, _cut.Token));
                }
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken cut)
    {
        await Task.Yield();
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cut, _end.Token);
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, Server, over.Token);
                var connection = new Connection(client, server);
                var there = connection.CopyRequestsAsync(Find, over.Token);
                var back = connection.CopyAnswersAsync(over.Token);
                await Task.WhenAny(there, back);
                await over.CancelAsync();
                await Task.WhenAll(there, back);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // An end was closed, or the cable cut.
            }

            if (cut.IsCancellationRequested)
            {
                // As at a death with unread data: an orderly end could be taken for one of free will.
                client.LingerState = server.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _cut.Dispose();
        _end.Dispose();
    }

    private sealed class Connection(Socket client, Socket server)
    {
        private volatile Hold? _ofAnswer;

        internal async Task CopyRequestsAsync(Func<ReadOnlySpan<byte>, Hold?> find, CancellationToken over)
        {
            var buffer = new byte[BufferBytes];
            while (await client.ReceiveAsync(buffer, over) is var read and > 0)
            {
                var hold = find(buffer.AsSpan(0, read));
                if (hold is { IsOfAnswers: false })
                {
                    await hold.WaitAsync(over);
                }

                _ofAnswer = hold is { IsOfAnswers: true } ? hold : _ofAnswer;
                await server.SendAsync(buffer.AsMemory(0, read), over);
            }
        }

        internal async Task CopyAnswersAsync(CancellationToken over)
        {
            var buffer = new byte[BufferBytes];
            while (await server.ReceiveAsync(buffer, over) is var read and > 0)
            {
                if (_ofAnswer is { } hold)
                {
                    await hold.WaitAsync(over);
                    _ofAnswer = null;
                }

                await client.SendAsync(buffer.AsMemory(0, read), over);
            }
        }
    }
}
