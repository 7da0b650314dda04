using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Resources;

/// <summary>
/// Tells the coordinator of branches that this process has committed. Nobody waits for it: while one batch is on its way, and for a moment after it, the next gathers.
/// What is lost, by a crash or because there is too much, a sweep asks about.
/// </summary>
internal sealed class BranchReports
{
    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 1000;

    /// <summary>
    /// From the end of one batch to the next: nobody waits for them, and a call for each branch would cost a busy process as much as its commits. The first
    /// goes at once, since its process may end then.
    /// </summary>
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly ConcordatClient _client;
    private readonly Channel<(string Resource, BranchReport Report)> _waiting = Channel.CreateBounded<(string, BranchReport)>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private int _isSending;

    public BranchReports(ConcordatClient client) => _client = client;

    public void Add(string resource, BranchReport report)
    {
        _waiting.Writer.TryWrite((resource, report));
        if (Interlocked.Exchange(ref _isSending, 1) == 0)
        {
            _ = Task.Run(SendAllAsync);
        }
    }

    /// <summary>From the first report to the end of the process.</summary>
    private async Task SendAllAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var batch = new List<(string Resource, BranchReport Report)>();
            while (batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            foreach (var ofOne in batch.GroupBy(r => r.Resource, r => r.Report, StringComparer.Ordinal))
            {
                await SendAsync(ofOne.Key, [.. ofOne], CancellationToken.None).ConfigureAwait(false);
            }

            if (batch.Count < MostAtOnce)
            {
                await Task.Delay(Between).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Never throws: what is lost a sweep asks about.</summary>
    public async Task SendAsync(string resource, List<BranchReport> reports, CancellationToken cancellationToken)
    {
        try
        {
            await _client.ReportAsync(resource, reports, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Handlers of the application may throw anything, and what is reported has happened.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ResourceLogMessages.NotReported(_client.Logger, resource, reports.Count, e);
        }
    }
}
