using Concordat.Core;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Resources;

/// <summary>Sweeps one resource from time to time, and at once when somebody asks. Failures are shown and tried again, more and more slowly.</summary>
internal sealed class ResourceAgent(IResource resource, ResourceSweeper sweeper, TimeSpan interval, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly SemaphoreSlim _sweeping = new(1, 1);
    private volatile Sweep? _last;
    private volatile Exception? _lastFailure;

    public IResource Resource => resource;

    /// <summary>The last sweep that came to its end; null before the first.</summary>
    public Sweep? Last => _last;

    /// <summary>Why it cannot be swept now; null while it can.</summary>
    public Exception? LastFailure => _lastFailure;

    /// <summary>Sweeps as soon as it can.</summary>
    public void SweepSoon()
    {
        try
        {
            _wanted.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // One is wanted already, or the process ends.
        }
    }

    /// <summary>Sweeps now, whatever the interval says. Throws what the sweep throws.</summary>
    public async Task<Sweep> SweepAsync(CancellationToken cancellationToken)
    {
        await _sweeping.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var sweep = await sweeper.SweepAsync(cancellationToken).ConfigureAwait(false);
            _lastFailure = null;
            return _last = sweep;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _lastFailure = e;
            throw;
        }
        finally
        {
            _sweeping.Release();
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        var backoff = new Backoff(interval, LongestWait > interval ? LongestWait : interval);
        var random = new SplitMix64(unchecked((ulong)Random.Shared.NextInt64()));
        for (var failures = 0; !stopping.IsCancellationRequested;)
        {
            var wait = interval;
            try
            {
                var sweep = await SweepAsync(stopping).ConfigureAwait(false);
                wait = sweep.More ? TimeSpan.Zero : interval;
                if (failures > 0)
                {
                    ResourceLogMessages.SweepsAgain(logger, resource.Name);
                }

                failures = 0;
            }
#pragma warning disable CA1031 // A driver may throw anything, and the agent must live.
            catch (Exception e) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                wait = backoff.After(++failures, random);
                ResourceLogMessages.SweepFailed(logger, resource.Name, wait, e);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }

            await WaitAsync(wait, stopping).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _wanted.Dispose();
        _sweeping.Dispose();
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken stopping)
    {
        using var over = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, over.Token);
        try
        {
            await _wanted.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The time is over, or the process stops: the caller looks.
        }
    }
}
