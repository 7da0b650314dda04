using Concordat.Core;
using Concordat.Core.Encoding;
using Concordat.Core.Participation;
using Concordat.Core.Participation.Records;
using Concordat.Log;

namespace Concordat.Client.Participants;

/// <summary>
/// The participant's log as its engine sees it: records in, and "durable up to record number n" out. Used by the engine's thread only,
/// except for what the driver calls.
/// </summary>
internal sealed class ParticipantLog : IDisposable
{
    // One spare is the checkpoint's; the others are room for branches while the next is being prepared.
    private const int SpareSegments = 3;

    private readonly RecordWriter _writer = new();
    private readonly Queue<LogPosition> _undurable = new();
    private ILogDriver? _driver;
    private long _wantedRoom;

    private ParticipantLog(WriteAheadLog log, int segmentSizeBytes) => (Log, SegmentSizeBytes) = (log, segmentSizeBytes);

    public WriteAheadLog Log { get; }

    public int SegmentSizeBytes { get; }

    /// <summary>The number of the last record that is durable.</summary>
    public ulong DurableRecord { get; private set; }

    /// <summary>The number of the last record that was appended.</summary>
    public ulong LastRecord { get; private set; }

    /// <summary>Where the last checkpoint ended that the replay met, or where the log begins.</summary>
    public LogPosition LastCheckpoint { get; private set; }

    /// <summary>Room for the machine: a segment is kept back for the checkpoint that makes new room.</summary>
    public long RoomBytes => Log.RoomBytes - SegmentSizeBytes;

    /// <summary>
    /// Has twice what is promised preallocated, besides the checkpoint's segment: a burst of branches is not refused for want of
    /// room that the disk has.
    /// </summary>
    public void WantRoomFor(long promisedBytes)
    {
        var wanted = ((2 * promisedBytes / SegmentSizeBytes) + 2) * SegmentSizeBytes;
        if (wanted != _wantedRoom)
        {
            _wantedRoom = wanted;
            Log.WantRoom(wanted);
        }
    }

    /// <summary>Spares were wanted, and the disk had no space for them.</summary>
    public bool IsDiskFull => _driver is { IsDiskFull: true };

    public static LogOptions OptionsFor(int segmentSizeBytes) => new()
    {
        SegmentSizeBytes = segmentSizeBytes,
        SpareSegments = SpareSegments,
        MaxRecordBytes = segmentSizeBytes / 4,
    };

    /// <summary>Opens and replays. Everything that a restart must not overlook is an exception.</summary>
    public static ParticipantLog Open(ILogStorage storage, LogOptions options, ParticipantReplay replay)
    {
        LogPosition? checkpoint = null;
        void OnRecord(LogPosition position, byte type, ReadOnlySpan<byte> payload)
        {
            var record = Decode(position, type, payload);
            if (checkpoint is null || record is ParticipantRecord.CheckpointEnded)
            {
                checkpoint = position;
            }

            replay.Take(record);
        }

        var log = WriteAheadLog.Open(storage, options, _ => OnRecord, replay.End);
        try
        {
            // Before the first call: a participant whose spares are not there yet would refuse it for want of room.
            log.MaintainSpares();
            return new ParticipantLog(log, options.SegmentSizeBytes) { LastCheckpoint = checkpoint ?? LogPosition.Start };
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    public void Start(ILogDriver driver) => _driver = driver;

    /// <summary>Appends a record that the machine numbered.</summary>
    public void Append(ParticipantRecord record, ulong number)
    {
        if (number != LastRecord + 1)
        {
            throw new ParticipantInvariantException($"record {number} after record {LastRecord}");
        }

        LastRecord = number;
        _undurable.Enqueue(Append(record));
    }

    /// <summary>Appends a record that nobody waits for; returns its end.</summary>
    public LogPosition Append(ParticipantRecord record)
    {
        _writer.Clear();
        var type = ParticipantRecordCodec.Write(record, _writer);
        return Log.Append((byte)type, _writer.Written);
    }

    public void RequestFlush() => _driver?.RequestFlush();

    public void RequestSpace() => _driver?.RequestMaintenance();

    public void NoteDurable(LogPosition durable)
    {
        while (_undurable.TryPeek(out var end) && end <= durable)
        {
            _undurable.Dequeue();
            DurableRecord++;
        }
    }

    /// <summary>A clean stop: everything is durable when it returns.</summary>
    public void Dispose()
    {
        if (_driver is null)
        {
            Log.Close();
        }
        else
        {
            _driver.Dispose();
        }
    }

    /// <summary>After a failure: nothing more is written.</summary>
    public void Abandon()
    {
        if (_driver is null)
        {
            Log.Dispose();
        }
        else
        {
            _driver.Abandon();
        }
    }

    private static ParticipantRecord Decode(LogPosition position, byte type, ReadOnlySpan<byte> payload)
    {
        try
        {
            return ParticipantRecordCodec.Read(type, payload);
        }
        catch (RecordFormatException e)
        {
            throw new ParticipantHistoryException(
                $"The record at log position {position} is whole, but its content is not what this build writes: {e.Message}. " +
                "Start the version that wrote this log.");
        }
    }
}
