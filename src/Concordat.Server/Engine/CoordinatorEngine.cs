using System.Security.Cryptography;
using Concordat.Core;
using Concordat.Log;
using Concordat.Server.Delivery;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Engine;

/// <summary>
/// The engine: one thread that takes what waits in the inbox and gives it to the <see cref="CoordinatorPump"/>, turn after turn. It
/// never waits for a disk or a network. States:
/// <code>
///   Recovering ──log replayed, epoch durable──▶ Ready ──StopAsync──▶ Draining ──decided finished, or time over──▶ Stopped
///        any failure of the log, any broken assertion: the process stops at once (fatal), and a restart recovers
/// </code>
/// </summary>
public sealed class CoordinatorEngine : ICoordinatorEngine, IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LatestCounts = TimeSpan.FromMilliseconds(50);

    private readonly EngineOptions _options;
    private readonly ICallSender _sender;
    private readonly ILogger _logger;
    private readonly Action<Exception> _fatal;
    private readonly EngineClock _clock;
    private readonly Inbox _inbox;
    private readonly CallersInside _callers = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Held while the engine opens for work and while it is told to stop: a stop that came between the two would be overlooked for ever.</summary>
    private readonly Lock _opening = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ILogStorage? _storage;
    private LogDriver? _driver;
    private CoordinatorPump _pump = null!;

    private volatile EngineState _state = EngineState.Recovering;
    private volatile EngineCounts _counts = new();
    private double _recoverySeconds;
    private long _drainUntilTicks = long.MaxValue;
    private volatile bool _abandon;
    private int _failed;
    private TimeSpan _published;

    /// <summary>Calls that ended within their sending, on the engine's own thread: they need no lock and no waking.</summary>
    private readonly List<Input> _endedAtOnce = [];

    /// <param name="storage">Where the log is. The engine takes it over.</param>
    /// <param name="fatal">Ends the process at once. Called on the thread that met the failure.</param>
    public CoordinatorEngine(EngineOptions options, ILogStorage storage, ICallSender sender, ILogger logger, Action<Exception> fatal)
    {
        _options = CoordinatorPump.Complete(options);
        _storage = storage;
        _sender = sender;
        _logger = logger;
        _fatal = fatal;
        _clock = new EngineClock(options.Time);
        _inbox = new Inbox(options.MaxQueuedRequests);
        _thread = new Thread(Run) { IsBackground = true, Name = "concordat-engine" };
    }

    public EngineState State => _state;

    public EngineCounts Counts => _counts;

    /// <summary>Completes when recovery is done and the new epoch is durable; fails with what stopped the start (locked, damaged, impossible).</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when the engine's thread has ended.</summary>
    public Task Stopped => _stopped.Task;

    public void Start() => _thread.Start();

    public Task<Response> AskAsync(Func<Caller, Request> makeRequest)
    {
        var caller = new WaitingCaller();
        var request = makeRequest(caller);
        switch (_state)
        {
            case EngineState.Ready:
            case EngineState.Draining when request is not (BeginInput or BeginSagaInput):
                break;
            case var state:
                throw new EngineUnavailableException(state, $"the coordinator is {state.ToString().ToLowerInvariant()}");
        }

        if (!_inbox.TryAdd(request))
        {
            throw new EngineUnavailableException(_state, $"{_options.MaxQueuedRequests} requests wait already, the most that are allowed");
        }

        return caller.Answer;
    }

    /// <summary>Takes no new transactions, finishes what is decided within the time, and stops cleanly. What is left is taken up by the next start.</summary>
    public Task StopAsync(TimeSpan drain)
    {
        lock (_opening)
        {
            Volatile.Write(ref _drainUntilTicks, (_clock.Read().Monotonic + drain).Ticks);
            if (_state is EngineState.Ready)
            {
                _state = EngineState.Draining;
            }
        }

        _inbox.Wake();
        return _stopped.Task;
    }

    /// <summary>Stops without writing anything more, as a crash would.</summary>
    public void Dispose()
    {
        _abandon = true;
        _inbox.Wake();
        if (_thread.IsAlive && Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        _storage?.Dispose();
    }

    private void Run()
    {
        try
        {
            Recover();
        }
        catch (Exception e)
        {
            _driver?.Abandon();
            _pump?.Log.Dispose();
            _state = EngineState.Stopped;
            _ready.SetException(e);
            _stopped.SetResult();
            return;
        }

        try
        {
            Loop();
            Stop();
        }
        catch (Exception e)
        {
            Fatal(e);
            _driver!.Abandon();
        }
        finally
        {
            _state = EngineState.Stopped;
            LeaveNobodyWaiting();

            // Where it ended before it was ready, that too must be heard of.
            _ready.TrySetException(new EngineStoppedException());
            _stopped.TrySetResult();
        }
    }

    private void Recover()
    {
        var begin = _options.Time.GetTimestamp();
        _pump = CoordinatorPump.Open(_options, TakeStorage(), _clock.Read, Random, _callers, _logger);
        _driver = new LogDriver(_pump.Log, new LogDriverOptions
        {
            OnDurable = _ => _inbox.Wake(),
            OnFailure = Fatal,
            Time = _options.Time,
            Name = "concordat-log",
        });
        _pump.Start(_driver.RequestFlush, _sender, OnCallEnded);
        _recoverySeconds = _options.Time.GetElapsedTime(begin).TotalSeconds;
        var counts = _pump.Coordinator.Counts;
        _logger.RecoveryFinished(_recoverySeconds, _pump.Coordinator.EpochNumber, counts.Open, counts.History, counts.Participants);
        if (_options.Restored)
        {
            _logger.Restored(counts.Undecided);
        }
    }

    /// <summary>The log has it from here on, also where it does not open.</summary>
    private ILogStorage TakeStorage()
    {
        var storage = _storage!;
        _storage = null;
        return storage;
    }

    private void Loop()
    {
        var inputs = new List<Input>();
        while (!_abandon && !IsDrained())
        {
            inputs.Clear();
            inputs = _pump.Log.StagedBytes > _options.MaxStagedBytes ? Pause(inputs) : _inbox.Take(inputs, _endedAtOnce.Count > 0 ? TimeSpan.Zero : NextWait());
            inputs.AddRange(_endedAtOnce);
            _endedAtOnce.Clear();
            var now = _clock.Read();
            _pump.Turn(inputs, now);
            BecomeReady();
            PublishNowAndThen(now);
        }
    }

    private void OnCallEnded(CallEnded ended)
    {
        if (Thread.CurrentThread == _thread)
        {
            _endedAtOnce.Add(ended);
        }
        else
        {
            _inbox.Add(ended);
        }
    }

    /// <summary>The disk is behind: nothing is taken in until it has caught up.</summary>
    private List<Input> Pause(List<Input> none)
    {
        _driver!.RequestFlush();
        _inbox.WaitForWake(LongestWait);
        return none;
    }

    private TimeSpan NextWait()
    {
        var now = _clock.Read().Monotonic;
        var wait = _pump.Coordinator.NextDue is { } due ? due - now : LongestWait;
        if (_state == EngineState.Draining)
        {
            var left = new TimeSpan(Volatile.Read(ref _drainUntilTicks)) - now;
            wait = left < wait ? left : wait;
        }

        return wait < LongestWait ? wait : LongestWait;
    }

    /// <summary>Open for work once the epoch, the first record, is durable.</summary>
    private void BecomeReady()
    {
        if (_state == EngineState.Recovering && _pump.IsReady)
        {
            lock (_opening)
            {
                _state = Volatile.Read(ref _drainUntilTicks) == long.MaxValue ? EngineState.Ready : EngineState.Draining;
            }

            Publish();
            _ready.SetResult();
        }
    }

    /// <summary>
    /// Transactions that are being prepared or completed are finished first, and who waits for the disk is answered; those that only
    /// a client could go on with, or a sweep, are not waited for.
    /// </summary>
    private bool IsDrained()
    {
        if (_state != EngineState.Draining)
        {
            return false;
        }

        var counts = _pump.Coordinator.Counts;
        var running = counts.InState(TransactionState.Preparing) - counts.PreparingOfOthers + counts.InState(TransactionState.Prepared) + counts.AwaitedOfServices;
        return (running == 0 && !_pump.Carrier.IsHolding) || _clock.Read().Monotonic.Ticks >= Volatile.Read(ref _drainUntilTicks);
    }

    private void Stop()
    {
        if (_abandon)
        {
            _driver!.Abandon();
        }
        else
        {
            _driver!.Dispose();
            _logger.Stopped(_pump.Coordinator.Counts.Open);
        }
    }

    /// <summary>Whoever still waits is told that the answer will not come from here.</summary>
    private void LeaveNobodyWaiting()
    {
        foreach (var input in _inbox.Close())
        {
            if (input is Request request)
            {
                _callers.Add((EngineCaller)request.Caller);
            }
        }

        _callers.FailAll(new EngineStoppedException());
    }

    /// <summary>Counts are for people: under load a little late, and current whenever nothing waits.</summary>
    private void PublishNowAndThen(Now now)
    {
        if (now.Monotonic - _published >= LatestCounts || (_endedAtOnce.Count == 0 && _inbox.IsEmpty))
        {
            _published = now.Monotonic;
            Publish();
        }
    }

    private void Publish() => _counts = _pump.Counts with { RecoverySeconds = _recoverySeconds };

    /// <summary>Where the host's way of ending the process comes back, the engine ends all the same: nothing more is taken in or told to anybody.</summary>
    private void Fatal(Exception e)
    {
        if (Interlocked.Exchange(ref _failed, 1) != 0)
        {
            return;
        }

        _logger.Fatal(e.Message, e);
        _fatal(e);
        _abandon = true;
        _inbox.Wake();
    }

    private static ulong Random() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
