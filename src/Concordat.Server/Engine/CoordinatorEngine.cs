using System.Security.Cryptography;
using Concordat.Core;
using Concordat.Core.Recovery;
using Concordat.Log;
using Concordat.Server.Delivery;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Engine;

/// <summary>
/// The engine: one thread that takes what waits in the inbox, steps the coordinator, appends the batch's records, and releases
/// what has become durable. It never waits for a disk or a network. States:
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
    private readonly EngineEvents _events;
    private readonly CallersInside _callers = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Held while the engine opens for work and while it is told to stop: a stop that came between the two would be overlooked for ever.</summary>
    private readonly Lock _opening = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ILogStorage? _storage;
    private WriteAheadLog? _log;
    private LogDriver? _driver;
    private Coordinator _coordinator = null!;
    private EffectCarrier _carrier = null!;
    private CheckpointKeeper _checkpoints = null!;

    private volatile EngineState _state = EngineState.Recovering;
    private volatile EngineCounts _counts = new();
    private double _recoverySeconds;
    private long _drainUntilTicks = long.MaxValue;
    private volatile bool _abandon;
    private int _failed;
    private bool _logWasFull;
    private TimeSpan _published;

    /// <summary>Calls that ended within their sending, on the engine's own thread: they need no lock and no waking.</summary>
    private readonly List<Input> _endedAtOnce = [];

    /// <param name="storage">Where the log is. The engine takes it over.</param>
    /// <param name="fatal">Ends the process at once. Called on the thread that met the failure.</param>
    public CoordinatorEngine(EngineOptions options, ILogStorage storage, ICallSender sender, ILogger logger, Action<Exception> fatal)
    {
        options.Coordinator.Validate();
        _options = options with
        {
            Coordinator = options.Coordinator with
            {
                RecordOverheadBytes = LogFormat.FrameBytes(0) + LogFormat.Alignment,
                MaxRecordBytes = options.Log.EffectiveMaxRecordBytes,
            },
        };
        _storage = storage;
        _sender = sender;
        _logger = logger;
        _fatal = fatal;
        _clock = new EngineClock(options.Time);
        _inbox = new Inbox(options.MaxQueuedRequests);
        _events = new EngineEvents(logger);
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
        var caller = new EngineCaller();
        var request = makeRequest(caller);
        switch (_state)
        {
            case EngineState.Ready:
            case EngineState.Draining when request is not BeginInput:
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
            _log?.Dispose();
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
        var effects = new List<Effect>();
        var replay = new LogReplaying(_options.Coordinator, Seed());
        Coordinator? recovered = null;
        void Finish() => recovered = replay.Core.Finish(_clock.Read(), Nonces(), _options.Restored, effects);

        // What it refuses is refused before anything is written. A new log has nothing to refuse.
        _log = WriteAheadLog.Open(_storage!, _options.Log, replay.For, Finish);
        _storage = null; // the log has it now
        if (recovered is null)
        {
            Finish();
        }

        _coordinator = recovered!;
        _driver = new LogDriver(_log, new LogDriverOptions
        {
            OnDurable = _ => _inbox.Wake(),
            OnFailure = Fatal,
            Time = _options.Time,
            Name = "concordat-log",
        });
        _carrier = new EffectCarrier(_log, _driver!.RequestFlush, _sender, OnCallEnded, _callers);
        _checkpoints = new CheckpointKeeper(_log, _options.CheckpointBytes);
        replay.TellCheckpoints(_checkpoints);
        if (_log!.ErasedTail is { } tail)
        {
            _logger.TailErased(tail);
        }

        Carry(effects);
        _recoverySeconds = _options.Time.GetElapsedTime(begin).TotalSeconds;
        var counts = _coordinator.Counts;
        _logger.RecoveryFinished(_recoverySeconds, _coordinator.EpochNumber, counts.Open, counts.History, counts.Participants);
        if (_options.Restored)
        {
            _logger.Restored(counts.Undecided);
        }
    }

    private void Loop()
    {
        var effects = new List<Effect>();
        var inputs = new List<Input>();
        while (!_abandon && !IsDrained())
        {
            inputs.Clear();
            inputs = _log!.StagedBytes > _options.MaxStagedBytes ? Pause(inputs) : _inbox.Take(inputs, _endedAtOnce.Count > 0 ? TimeSpan.Zero : NextWait());
            inputs.AddRange(_endedAtOnce);
            _endedAtOnce.Clear();
            effects.Clear();
            var now = _clock.Read();
            _coordinator.RoomBytes = _log!.RoomBytes - _checkpoints.Reserve(_coordinator.Counts);
            if (_carrier.TakeDurable(_log!.DurablePosition))
            {
                _coordinator.Durable(_carrier.DurableRecord, now, effects);
            }

            foreach (var input in inputs)
            {
                Step(input, now, effects);
            }

            if (_coordinator.NextDue <= now.Monotonic || inputs.Count == 0)
            {
                _coordinator.Tick(now, effects);
            }

            Carry(effects);
            KeepLog(now, effects);
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

    private void Step(Input input, Now now, List<Effect> effects)
    {
        if (input is Request request)
        {
            _callers.Add((EngineCaller)request.Caller);
        }

        var hazards = _coordinator.Counts.Hazards;
        _coordinator.Step(input, now, effects);
        _events.OnInput(input);
        if (_coordinator.Counts.Hazards > hazards && input is CallEnded ended)
        {
            _events.OnHazard(ended);
        }
    }

    private void Carry(List<Effect> effects)
    {
        _events.OnEffects(effects);
        _carrier.Carry(_coordinator, effects);
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
        var wait = _coordinator.NextDue is { } due ? due - now : LongestWait;
        if (_state == EngineState.Draining)
        {
            var left = new TimeSpan(Volatile.Read(ref _drainUntilTicks)) - now;
            wait = left < wait ? left : wait;
        }

        return wait < LongestWait ? wait : LongestWait;
    }

    private void KeepLog(Now now, List<Effect> effects)
    {
        if (_checkpoints.IsDue(_coordinator))
        {
            var before = _log!.AppendedPosition.Value;
            _checkpoints.Write(_coordinator, _carrier, now, effects);
            _logger.CheckpointWritten(_log!.AppendedPosition.Value - before, _coordinator.Counts.Open);
        }

        _checkpoints.Trim(_coordinator, _carrier.DurableRecord);
        _checkpoints.WantRoom(_coordinator);
        var full = !_coordinator.HasRoom;
        if (full != _logWasFull)
        {
            _logWasFull = full;
            if (full)
            {
                _logger.LogFull();
            }
            else
            {
                _logger.LogHasRoom();
            }
        }
    }

    /// <summary>Open for work once the epoch, the first record, is durable.</summary>
    private void BecomeReady()
    {
        if (_state == EngineState.Recovering && _carrier.DurableRecord > 0)
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
    /// a client could go on with are not waited for.
    /// </summary>
    private bool IsDrained()
    {
        if (_state != EngineState.Draining)
        {
            return false;
        }

        var counts = _coordinator.Counts;
        var running = counts.InState(TransactionState.Preparing) + counts.InState(TransactionState.Prepared)
            + counts.InState(TransactionState.Committing) + counts.InState(TransactionState.Aborting);
        return (running == 0 && !_carrier.IsHolding) || _clock.Read().Monotonic.Ticks >= Volatile.Read(ref _drainUntilTicks);
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
            _logger.Stopped(_coordinator.Counts.Open);
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

    private void Publish() => _counts = EngineCounting.Count(_coordinator, _log!, _carrier, _events) with
    {
        RecoverySeconds = _recoverySeconds,
        LogIsFull = _logWasFull,
    };

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

    private static ulong Seed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    private static IEnumerable<ulong> Nonces()
    {
        while (true)
        {
            yield return Seed();
        }
    }
}
