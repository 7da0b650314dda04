using System.Collections.Concurrent;
using Concordat.Core;

namespace Concordat.Server.Delivery;

/// <summary>
/// The calls that are out, each with what stops it. Whoever takes a call out of the book owns its end, and only the owner touches
/// its source again. Without that:
/// <list type="number">
/// <item>The engine cancels and takes the call out.</item>
/// <item>The call ends by itself, finds that it is gone, and disposes of its source.</item>
/// <item>The engine cancels the disposed source, which throws on the engine's thread and ends the process.</item>
/// </list>
/// </summary>
internal sealed class CallsUnderWay
{
    private readonly ConcurrentDictionary<CallKey, CancellationTokenSource> _calls = new();

    internal CancellationTokenSource Begin(CallKey key, TimeSpan limit)
    {
        var timeout = new CancellationTokenSource(limit);
        _calls[key] = timeout;
        return timeout;
    }

    /// <summary>The call has ended. False where it was cancelled: nobody waits for its report.</summary>
    internal bool End(CallKey key, CancellationTokenSource timeout)
    {
        if (!_calls.TryRemove(key, out _))
        {
            return false;
        }

        timeout.Dispose();
        return true;
    }

    internal void Cancel(CallKey key)
    {
        if (_calls.TryRemove(key, out var timeout))
        {
            // Closing connections is not the engine's work, and what fails at it is not its failure. A cancelled source holds no timer.
            _ = timeout.CancelAsync();
        }
    }
}
