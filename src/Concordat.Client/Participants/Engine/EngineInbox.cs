using Concordat.Log;

namespace Concordat.Client.Participants;

/// <summary>
/// The engine's inbox: two lists that are swapped under one lock. Calls from outside are bounded; what the engine's own effects
/// come back with is bounded by what it asked for, and is always taken.
/// </summary>
internal sealed class EngineInbox(int maxQueued)
{
    private readonly object _gate = new();
    private List<EngineWork> _filling = [];
    private List<EngineWork> _draining = [];
    private LogPosition _durable;
    private bool _woken;
    private bool _closed;

    /// <returns>False: too many wait, or the engine has stopped.</returns>
    public bool TryPost(EngineWork work)
    {
        lock (_gate)
        {
            if (_closed || _filling.Count >= maxQueued)
            {
                return false;
            }

            Add(work);
            return true;
        }
    }

    /// <summary>An answer to the engine itself. After the end nobody needs it.</summary>
    public void Post(EngineWork work)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                Add(work);
            }
        }
    }

    public void NoteDurable(LogPosition durable)
    {
        lock (_gate)
        {
            _durable = durable;
            Wake();
        }
    }

    /// <summary>Time has come.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            Wake();
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Wake();
        }
    }

    /// <summary>Waits for something to do. The list is the caller's until the next call.</summary>
    /// <returns>False: closed and empty.</returns>
    public bool Take(out List<EngineWork> work, out LogPosition durable)
    {
        _draining.Clear();
        lock (_gate)
        {
            while (!_woken && !_closed)
            {
                Monitor.Wait(_gate);
            }

            _woken = false;
            (_filling, _draining) = (_draining, _filling);
            work = _draining;
            durable = _durable;
            return !_closed || work.Count > 0;
        }
    }

    /// <summary>Waits for the log, at most this long, and leaves the work where it is.</summary>
    public void AwaitLog(TimeSpan atMost)
    {
        lock (_gate)
        {
            Monitor.Wait(_gate, atMost);
            _woken = true;
        }
    }

    private void Add(EngineWork work)
    {
        _filling.Add(work);
        if (!_woken)
        {
            Wake();
        }
    }

    private void Wake()
    {
        _woken = true;
        Monitor.Pulse(_gate);
    }
}
