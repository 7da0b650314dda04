using Concordat.Core;
using Concordat.Core.Recovery;
using Concordat.Log;
using Concordat.Server.Delivery;
using Microsoft.Extensions.Logging;

namespace Concordat.Server.Engine;

/// <summary>
/// The engine without its thread: the log, the coordinator, and one turn at a time. Whoever owns it says when a turn is and what the
/// time is then, flushes the log when asked, and ends the process where it throws. One caller at a time.
/// <code>
///   Open: replay, judge ──▶ Start: the new epoch is appended, forced ──▶ Turn, Turn, … (ready once the epoch is durable)
/// </code>
/// </summary>
internal sealed class CoordinatorPump
{
    private readonly ILogger _logger;
    private readonly EngineEvents _events;
    private readonly CallersInside _callers;
    private readonly List<Effect> _effects;
    private readonly LogReplaying _replay;
    private readonly CheckpointKeeper _checkpoints;

    private CoordinatorPump(WriteAheadLog log, LogReplaying replay, Coordinator coordinator, List<Effect> first, long checkpointBytes, CallersInside callers, ILogger logger)
    {
        Log = log;
        Coordinator = coordinator;
        _effects = first;
        _replay = replay;
        _checkpoints = new CheckpointKeeper(log, checkpointBytes);
        _callers = callers;
        _logger = logger;
        _events = new EngineEvents(logger);
    }

    internal WriteAheadLog Log { get; }

    internal Coordinator Coordinator { get; }

    internal EffectCarrier Carrier { get; private set; } = null!;

    /// <summary>No room for new transactions, as of the last turn.</summary>
    internal bool LogIsFull { get; private set; }

    /// <summary>Open for work once the epoch, the first record, is durable.</summary>
    internal bool IsReady => Carrier.DurableRecord > 0;

    internal EngineCounts Counts => EngineCounting.Count(Coordinator, Log, Carrier, _events) with { LogIsFull = LogIsFull };

    /// <summary>The options as the coordinator needs them: what a record may hold, and what it takes, the log says.</summary>
    internal static EngineOptions Complete(EngineOptions options)
    {
        options.Coordinator.Validate();
        return options with
        {
            Coordinator = options.Coordinator with
            {
                RecordOverheadBytes = LogFormat.FrameBytes(0) + LogFormat.Alignment,
                MaxRecordBytes = options.Log.EffectiveMaxRecordBytes,
            },
        };
    }

    /// <summary>
    /// Locks and replays the log, which the pump has from then on. Throws what stops the start: locked, damaged, impossible. What it
    /// refuses it refuses before anything is written.
    /// </summary>
    /// <param name="options">From <see cref="Complete"/>.</param>
    /// <param name="random">Makes the epoch's nonce, and the seed of jitter.</param>
    internal static CoordinatorPump Open(
        EngineOptions options, ILogStorage storage, Func<Now> clock, Func<ulong> random, CallersInside callers, ILogger logger)
    {
        var effects = new List<Effect>();
        var replay = new LogReplaying(options.Coordinator, random());
        Coordinator? recovered = null;
        void Finish() => recovered = replay.Core.Finish(clock(), Nonces(random), options.Restored, effects);

        var log = WriteAheadLog.Open(storage, options.Log, replay.For, Finish);
        if (recovered is null)
        {
            // A new log has nothing to refuse.
            Finish();
        }

        if (log.ErasedTail is { } tail)
        {
            logger.TailErased(tail);
        }

        return new CoordinatorPump(log, replay, recovered!, effects, options.CheckpointBytes, callers, logger);
    }

    /// <summary>Begins this start's epoch.</summary>
    /// <param name="requestFlush">Never waits.</param>
    internal void Start(Action requestFlush, ICallSender sender, Action<CallEnded> report)
    {
        Carrier = new EffectCarrier(Log, requestFlush, sender, report, _callers);
        _replay.TellCheckpoints(_checkpoints);
        Carry();
    }

    /// <summary>Takes in what has become durable, steps every input, fires what is due, and looks after the log.</summary>
    internal void Turn(List<Input> inputs, Now now)
    {
        _effects.Clear();
        Coordinator.RoomBytes = Log.RoomBytes - _checkpoints.Reserve(Coordinator.Counts);
        if (Carrier.TakeDurable(Log.DurablePosition))
        {
            Coordinator.Durable(Carrier.DurableRecord, now, _effects);
        }

        foreach (var input in inputs)
        {
            Step(input, now);
        }

        if (Coordinator.NextDue <= now.Monotonic || inputs.Count == 0)
        {
            Coordinator.Tick(now, _effects);
        }

        Carry();
        KeepLog(now);
    }

    private void Step(Input input, Now now)
    {
        if (input is Request request)
        {
            _callers.Add((EngineCaller)request.Caller);
        }

        var hazards = Coordinator.Counts.Hazards;
        Coordinator.Step(input, now, _effects);
        _events.OnInput(input, Coordinator);
        if (Coordinator.Counts.Hazards > hazards)
        {
            _events.OnHazard(input);
        }
    }

    private void Carry()
    {
        _events.OnEffects(_effects);
        Carrier.Carry(Coordinator, _effects);
    }

    private void KeepLog(Now now)
    {
        if (_checkpoints.IsDue(Coordinator))
        {
            var before = Log.AppendedPosition.Value;
            _checkpoints.Write(Coordinator, Carrier, now, _effects);
            _logger.CheckpointWritten(Log.AppendedPosition.Value - before, Coordinator.Counts.Open);
        }

        _checkpoints.Trim(Coordinator, Carrier.DurableRecord);
        _checkpoints.WantRoom(Coordinator);
        var full = !Coordinator.HasRoom;
        if (full != LogIsFull)
        {
            LogIsFull = full;
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

    private static IEnumerable<ulong> Nonces(Func<ulong> random)
    {
        while (true)
        {
            yield return random();
        }
    }
}
