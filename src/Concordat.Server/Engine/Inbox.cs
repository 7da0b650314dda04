using Concordat.Core;

namespace Concordat.Server.Engine;

/// <summary>
/// What waits for the engine's thread. Producers add under a lock and wake it; it takes everything at once, at its own pace.
/// Requests are bounded; ends of calls are not refused, since the core bounds the calls.
/// </summary>
internal sealed class Inbox(int maxRequests)
{
    private readonly object _gate = new();
    private List<Input> _filling = [];
    private bool _woken;
    private bool _waiting;
    private bool _closed;

    internal bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _filling.Count == 0;
            }
        }
    }

    /// <summary>False where it is full or closed.</summary>
    internal bool TryAdd(Request input)
    {
        lock (_gate)
        {
            if (_closed || _filling.Count >= maxRequests)
            {
                return false;
            }

            Add(input);
            return true;
        }
    }

    internal void Add(CallEnded ended)
    {
        lock (_gate)
        {
            Add((Input)ended);
        }
    }

    /// <summary>Makes the next <see cref="Take"/> return, or the present one.</summary>
    internal void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Pulse();
        }
    }

    /// <summary>Waits until there is something, or it is woken, or the time is over; then hands out all there is.</summary>
    /// <param name="taken">An empty list, which becomes the one that is filled next.</param>
    internal List<Input> Take(List<Input> taken, TimeSpan longest)
    {
        lock (_gate)
        {
            if (_filling.Count == 0 && !_woken && longest > TimeSpan.Zero)
            {
                _waiting = true;
                Monitor.Wait(_gate, longest);
                _waiting = false;
            }

            _woken = false;
            var full = _filling;
            _filling = taken;
            return full;
        }
    }

    /// <summary>Waits until it is woken, or the time is over, whatever has come in.</summary>
    internal void WaitForWake(TimeSpan longest)
    {
        lock (_gate)
        {
            if (!_woken)
            {
                _waiting = true;
                Monitor.Wait(_gate, longest);
                _waiting = false;
            }

            _woken = false;
        }
    }

    /// <summary>Takes nothing in any more; hands out what nobody will take.</summary>
    internal List<Input> Close()
    {
        lock (_gate)
        {
            _closed = true;
            return _filling;
        }
    }

    private void Add(Input input)
    {
        _filling.Add(input);
        Pulse();
    }

    private void Pulse()
    {
        if (_waiting)
        {
            _waiting = false;
            Monitor.Pulse(_gate);
        }
    }
}
