using System.Buffers;
using Concordat.Core;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Log;
using Microsoft.Extensions.Logging;

namespace Concordat.Client.Participants;

/// <summary>
/// Keeps the log short. On the engine's thread:
/// 1. a new segment; 2. all that is live, in one go; 3. when that is durable, the segments before it go.
/// A crash before 3 leaves a checkpoint that is whole or is cut short by the next start's first record, and all that it replaces.
/// </summary>
internal sealed class Checkpointer(ParticipantLog log, ParticipantMachine machine, IResourceRunner runner, ParticipantOptions options, ILogger logger)
{
    private const int PieceBytes = 1024 * 1024;
    private static readonly TimeSpan LogPatience = TimeSpan.FromMilliseconds(20);
    private const int MaxWaitsForRoom = 100;
    private static readonly TimeSpan AfterGivingUp = TimeSpan.FromSeconds(10);

    private LogPosition _last = log.LastCheckpoint;
    private long _lastBytes;
    private (LogPosition Start, LogPosition End)? _removal;
    private TimeSpan _notBefore;

    public void Consider(Now now, Action<TimeSpan> awaitLog, LogOwner owner)
    {
        if (_removal is null && now.Monotonic >= _notBefore && IsDue() && HasPlace())
        {
            Write(now, awaitLog, owner);
        }
    }

    public void NoteDurable(LogPosition durable)
    {
        if (_removal is { } removal && durable >= removal.End)
        {
            _removal = null;
            log.Log.RemoveBefore(removal.Start);
            ParticipantLogMessages.CheckpointWritten(logger, _lastBytes, removal.Start.Value);
        }
    }

    private bool IsDue()
    {
        var grown = log.Log.AppendedPosition.Value - _last.Value;
        return grown >= Math.Max(options.CheckpointEveryBytes, 2 * _lastBytes)
            || (machine.FreeBytes < log.SegmentSizeBytes / 4 && grown >= Math.Max(log.SegmentSizeBytes / 2, 2 * _lastBytes));
    }

    /// <summary>
    /// It gives up what is left of the present segment. On a full disk without a spare that would be the room of the promised
    /// branches' outcomes, and of the record that cuts a checkpoint short.
    /// </summary>
    private bool HasPlace() => log.Log.RoomBytesInSpares > machine.ReservedBytes + (2 * LogBudget.OutcomeBytes);

    private void Write(Now now, Action<TimeSpan> awaitLog, LogOwner owner)
    {
        var pieces = Save();
        var start = log.Log.StartSegment();
        var end = start;
        foreach (var record in machine.Checkpoint(owner, pieces))
        {
            if (!AwaitRoom(LogBudget.SizeOf(record), awaitLog))
            {
                // What is written of it counts for nothing from here on.
                log.Append(new ParticipantRecord.Opened(owner));
                log.RequestFlush();
                _notBefore = now.Monotonic + AfterGivingUp;
                ParticipantLogMessages.CheckpointGivenUp(logger, AfterGivingUp);
                return;
            }

            end = log.Append(record);
        }

        log.RequestFlush();
        _last = end;
        _lastBytes = end.Value - start.Value;
        _removal = (start, end);
    }

    /// <summary>A state larger than the spare segments is written as fast as new ones come. Nothing else happens meanwhile.</summary>
    private bool AwaitRoom(long bytes, Action<TimeSpan> awaitLog)
    {
        // Room for the record that would cut the checkpoint short is kept, and what was promised to branches.
        for (var waits = 0; log.Log.RoomBytes < bytes + LogBudget.OutcomeBytes + machine.ReservedBytes; waits++)
        {
            if (waits == MaxWaitsForRoom)
            {
                return false;
            }

            // Once: nothing more comes to be flushed, and the end of each flush would end the wait.
            if (waits == 0)
            {
                log.RequestFlush();
            }

            log.RequestSpace();
            awaitLog(LogPatience);
        }

        return true;
    }

    private List<byte[]> Save()
    {
        var saved = new ArrayBufferWriter<byte>();
        runner.Save(saved);
        var size = Math.Min(PieceBytes, log.Log.MaxRecordBytes - LogBudget.OutcomeBytes);
        var pieces = new List<byte[]>();
        for (var rest = saved.WrittenSpan; !rest.IsEmpty; rest = rest[Math.Min(size, rest.Length)..])
        {
            pieces.Add(rest[..Math.Min(size, rest.Length)].ToArray());
        }

        return pieces;
    }
}
