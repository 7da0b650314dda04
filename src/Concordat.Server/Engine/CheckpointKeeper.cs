using Concordat.Core;
using Concordat.Log;

namespace Concordat.Server.Engine;

/// <summary>
/// When to write a checkpoint, and how much of the log may go. A checkpoint stands at the beginning of a segment; everything
/// before it may go once it is durable and every transaction that ended before it is forgotten.
/// </summary>
internal sealed class CheckpointKeeper(WriteAheadLog log, long checkpointBytes)
{
    /// <summary>Checkpoints that the log holds, oldest first.</summary>
    private readonly Queue<Checkpoint> _checkpoints = new();
    private LogPosition _lastBegin;
    private long _lastSize;
    private long _wanted;

    /// <summary>The log is asked again only where the answer could be another number of segments.</summary>
    private const long WantedStepBytes = 16 * 1024;

    /// <summary>A checkpoint that the replay met. Whether it is whole is known when <paramref name="size"/> is.</summary>
    internal void Replayed(LogPosition begin, long endsBefore, long size)
    {
        _checkpoints.Enqueue(new Checkpoint(begin, endsBefore, Record: 0));
        _lastBegin = begin;
        _lastSize = size;
    }

    /// <summary>What must stay free for the next checkpoint and a few epochs.</summary>
    internal long Reserve(CoordinatorCounts counts) =>
        (64 * 1024) + (counts.Open * 512L) + (counts.Participants * 512L) + counts.LockBytes + counts.SagaBytes + (_lastSize * 2);

    /// <summary>Asks the log for twice what is promised, so that admitting more does not wait for the disk.</summary>
    internal void WantRoom(Coordinator coordinator)
    {
        var wanted = 2 * (Reserve(coordinator.Counts) + coordinator.ReservedBytes) / WantedStepBytes * WantedStepBytes;
        if (wanted != _wanted)
        {
            _wanted = wanted;
            log.WantRoom(wanted);
        }
    }

    /// <summary>
    /// It gives up what is left of the present segment, so it must fit into the spares, with all that is promised behind it. On a
    /// full disk without one it waits: what is left here is for what runs.
    /// </summary>
    internal bool IsDue(Coordinator coordinator)
    {
        var grown = log.AppendedPosition.Value - _lastBegin.Value;
        return grown > Math.Max(checkpointBytes, _lastSize * 4)
            && log.RoomBytesInSpares > Reserve(coordinator.Counts) + coordinator.ReservedBytes;
    }

    internal void Write(Coordinator coordinator, EffectCarrier carrier, Now now, List<Effect> effects)
    {
        var ends = coordinator.History.Ends;
        var begin = log.StartSegment();
        effects.Clear();
        coordinator.Checkpoint(now, effects);
        carrier.Carry(coordinator, effects);
        _lastSize = log.AppendedPosition.Value - begin.Value;
        _lastBegin = begin;
        _checkpoints.Enqueue(new Checkpoint(begin, ends, coordinator.AppendedRecords));
    }

    /// <summary>Lets go of what is history no more.</summary>
    internal void Trim(Coordinator coordinator, long durableRecord)
    {
        LogPosition? keepFrom = null;
        var oldestKept = coordinator.History.OldestKept;
        while (_checkpoints.TryPeek(out var oldest) && oldest.Record <= durableRecord && oldest.EndsBefore <= oldestKept)
        {
            keepFrom = oldest.Begin;
            _checkpoints.Dequeue();
        }

        if (keepFrom is { } position)
        {
            log.RemoveBefore(position);
        }
    }

    /// <param name="EndsBefore">How many transactions had ended before it.</param>
    /// <param name="Record">The number of its last record; 0 where it was replayed, and so is durable.</param>
    private readonly record struct Checkpoint(LogPosition Begin, long EndsBefore, long Record);
}
