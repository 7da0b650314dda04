using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Concordat.Client.Tests.Transactions;

/// <summary>Over a real socket: what the platform's own retries do must not make a lost answer look like an unsent request.</summary>
public sealed class LostConnectionTests
{
    [Fact]
    public async Task I14_a_coordinator_that_dies_after_it_read_the_commit_leaves_the_outcome_unknown()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddConcordatClient(o => (o.Address, o.RetryBudget) = (new Uri($"http://127.0.0.1:{port}"), TimeSpan.Zero));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IConcordatClient>();

        var server = Task.Run(async () =>
        {
            using var connection = await listener.AcceptTcpClientAsync();
            await using var stream = connection.GetStream();
            await ReadRequestAsync(stream);
            var body = ClientRig.Document("active", null);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(
                $"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
            var commit = await ReadRequestAsync(stream);

            // It may have decided by now. It dies: the port is closed before the connection is.
            listener.Stop();
            return commit;
        });

        var transaction = await client.BeginAsync();
        await Assert.ThrowsAsync<OutcomeNotKnownException>(() => transaction.CommitAsync());
        Assert.StartsWith($"POST /v1/transactions/{ClientRig.Id}/commit", await Wait.ForAsync(server, "the commit is read"));
        await transaction.DisposeAsync();
    }

    private static async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await stream.ReadAsync(buffer);
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var soFar = text.ToString();
            var end = soFar.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && soFar.Length - end - 4 >= LengthOf(soFar))
            {
                return soFar;
            }
        }
    }

    private static int LengthOf(string request)
    {
        var line = request.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line["Content-Length:".Length..]);
    }
}
