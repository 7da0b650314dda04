namespace Concordat.Log;

/// <summary>
/// The threads around a log. Flusher: group commit. While one flush runs, the next batch gathers; no delay, nothing to tune.
/// <code>
///            RequestFlush                   flushed, no request waits
///   waiting -------------> flushing (force) -------------------------> waiting (idle delay armed)
///      | idle delay over                                                  ^
///      +-----------------> write staged and a mark, unforced -------------+
///      any error: OnFailure once, the thread ends.  Dispose: clean stop (Close), the thread ends.
/// </code>
/// Maintenance: preallocates spares and deletes removed segments whenever the log asks for it.
/// </summary>
public sealed class LogDriver : ILogDriver, IAsyncDisposable
{
    private readonly WriteAheadLog _log;
    private readonly LogDriverOptions _options;
    // One each: a flush is asked for at every commit, and must not wake the maintenance thread.
    private readonly object _flushGate = new();
    private readonly object _maintenanceGate = new();
    private readonly ITimer _idleTimer;
    private readonly ITimer _fullDiskTimer;
    private readonly Thread _flusher;
    private readonly Thread _maintenance;
    private bool _flushRequested;
    private bool _idle;
    private bool _idleArmed;
    private bool _maintenanceRequested = true;
    private volatile bool _stop;
    private bool _abandon;
    private long _lastForce;
    private bool _diskFull;
    private int _failed;

    /// <summary>Takes the log over and starts.</summary>
    public LogDriver(WriteAheadLog log, LogDriverOptions options)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(options);
        _log = log;
        _options = options;
        _lastForce = options.Time.GetTimestamp();
        _idleTimer = options.Time.CreateTimer(_ => OnIdleTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _fullDiskTimer = options.Time.CreateTimer(_ => RequestMaintenance(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        log.FirstStaged = ArmIdle;
        log.SpacesWanted = RequestMaintenance;
        _flusher = new Thread(Flushing) { IsBackground = true, Name = options.Name + "-flusher" };
        _maintenance = new Thread(Maintaining) { IsBackground = true, Name = options.Name + "-maintenance" };
        _flusher.Start();
        _maintenance.Start();
    }

    public WriteAheadLog Log => _log;

    /// <summary>Spares are missing because the disk had no space when it was last tried; false too while they are being made.</summary>
    public bool IsDiskFull
    {
        get => Volatile.Read(ref _diskFull);
        private set => Volatile.Write(ref _diskFull, value);
    }

    internal bool IsMaintaining => _maintenance.IsAlive;

    internal long LastForce => Volatile.Read(ref _lastForce);

    /// <summary>What was appended so far must become durable. Never waits.</summary>
    public void RequestFlush() => Signal(_flushGate, ref _flushRequested);

    /// <summary>Look for missing spares and removed segments now. Never waits.</summary>
    public void RequestMaintenance() => Signal(_maintenanceGate, ref _maintenanceRequested);

    /// <summary>Clean stop: everything appended is forced and announced, then a mark. Waits for both threads.</summary>
    public void Dispose() => Stop(abandon: false);

    /// <summary>Stops without writing anything more, as a crash would; for tests and for after a failure.</summary>
    public void Abandon() => Stop(abandon: true);

    public async ValueTask DisposeAsync() => await Task.Run(Dispose).ConfigureAwait(false);

    private void Stop(bool abandon)
    {
        lock (_flushGate)
        {
            _abandon |= abandon;
            _stop = true;
            Monitor.Pulse(_flushGate);
        }

        lock (_maintenanceGate) Monitor.Pulse(_maintenanceGate);

        // OnFailure may well dispose of what failed, on the very thread that failed.
        if (Thread.CurrentThread != _flusher) _flusher.Join();
        if (Thread.CurrentThread != _maintenance) _maintenance.Join();
        _idleTimer.Dispose();
        _fullDiskTimer.Dispose();
        _log.Dispose();
    }

    private void Flushing()
    {
        try
        {
            while (NextFlush() is { } force)
            {
                if (force) _options.OnDurable(_log.Flush(force: true));
                else _log.WriteMark();
                if (!force) continue;
                Volatile.Write(ref _lastForce, _options.Time.GetTimestamp());
                ArmIdle();
            }

            if (_abandon) return;
            _options.OnDurable(_log.Flush(force: true));
            _log.Close();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>True: force. False: the log is idle. Null: stop.</summary>
    private bool? NextFlush()
    {
        lock (_flushGate)
        {
            while (!_flushRequested && !_idle && !_stop) Monitor.Wait(_flushGate);
            if (_stop) return null;
            bool force = _flushRequested;
            if (force) _flushRequested = false;
            if (_idle) _idle = _idleArmed = false;
            return force;
        }
    }

    private void Maintaining()
    {
        try
        {
            while (NextMaintenance())
            {
                IsDiskFull = !_log.MaintainSpares();
                if (IsDiskFull) _fullDiskTimer.Change(_options.FullDiskDelay, Timeout.InfiniteTimeSpan);
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private bool NextMaintenance()
    {
        lock (_maintenanceGate)
        {
            while (!_maintenanceRequested && !_stop) Monitor.Wait(_maintenanceGate);
            _maintenanceRequested = false;
            return !_stop;
        }
    }

    // At a high rate this is once per delay, not once per flush: the timer is left running and, when it fires, looks how long it is still.
    private void ArmIdle()
    {
        lock (_flushGate)
        {
            if (_idleArmed) return;
            _idleArmed = true;
        }

        _idleTimer.Change(_options.IdleDelay, Timeout.InfiniteTimeSpan);
    }

    private void OnIdleTimer()
    {
        var quiet = _options.Time.GetElapsedTime(Volatile.Read(ref _lastForce));
        if (quiet < _options.IdleDelay) _idleTimer.Change(_options.IdleDelay - quiet, Timeout.InfiniteTimeSpan);
        else Signal(_flushGate, ref _idle);
    }

    private static void Signal(object gate, ref bool flag)
    {
        lock (gate)
        {
            flag = true;
            Monitor.Pulse(gate);
        }
    }

    private void Fail(Exception e)
    {
        var failure = _log.Fail(e);
        if (Interlocked.Exchange(ref _failed, 1) == 0) _options.OnFailure(failure);
    }
}
