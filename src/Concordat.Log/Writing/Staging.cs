namespace Concordat.Log;

/// <summary>
/// Where appends go: a buffer in memory and a cursor that says where the next frame will be placed. Which segment a frame belongs to is
/// settled here, so that it is known at any time how much room there is. The lock is held for one copy, never during I/O.
/// </summary>
internal sealed class Staging
{
    private readonly Lock _gate = new();
    private readonly SegmentPool _pool;
    private readonly long _capacity; // of a new segment, for frames
    private readonly long _waste; // at most this much stays unused at the end of a segment
    private StagingBuffer _buffer = new();
    private long _segment; // the cursor: in which segment the next frame will be, if it fits
    private long _left; // and how much of that segment is left
    private bool _partOpen; // the buffer's last part goes on; false after a flush took everything
    private bool _segmentWanted;
    private long _appended;
    private long _records;
    private long _reserved;

    internal Staging(SegmentPool pool, LogOptions options, SegmentInfo tail, long end)
    {
        _pool = pool;
        _capacity = options.SegmentSizeBytes - LogFormat.SegmentHeaderBytes;
        _waste = LogFormat.FrameBytes(options.EffectiveMaxRecordBytes) - LogFormat.Alignment;
        _segment = tail.Number;
        long used = LogFormat.SegmentHeaderBytes + (end - tail.FirstPosition);
        _left = Math.Max(0, (tail.SizeBytes & ~(LogFormat.Alignment - 1L)) - used);
        _appended = end;
    }

    /// <summary>The position behind the last frame; readable without the lock.</summary>
    internal long Appended => Volatile.Read(ref _appended);

    internal long Records => Volatile.Read(ref _records);

    internal long Bytes
    {
        get
        {
            lock (_gate) return _buffer.Length;
        }
    }

    internal long Room
    {
        get
        {
            lock (_gate) return RoomLeft();
        }
    }

    internal long RoomInSpares
    {
        get
        {
            lock (_gate) return RoomBehind(_pool.Highest - _segment);
        }
    }

    internal long Reserved
    {
        get
        {
            lock (_gate) return _reserved;
        }
    }

    internal long Append(byte type, ReadOnlySpan<byte> payload, out bool first)
    {
        lock (_gate)
        {
            first = _buffer.Length == 0;
            Add(type, payload);
            _records++;
            return _appended;
        }
    }

    internal long StartSegment()
    {
        lock (_gate)
        {
            _segmentWanted = true;
            return _appended;
        }
    }

    internal bool TryReserve(long bytes)
    {
        lock (_gate)
        {
            if (RoomLeft() - _reserved < bytes) return false;
            _reserved += bytes;
            return true;
        }
    }

    internal void Release(long bytes)
    {
        lock (_gate)
        {
            LogInvariantException.Require(bytes <= _reserved, "no more is released than was reserved");
            _reserved -= bytes;
        }
    }

    /// <summary>Left out where it would eat into reserved room.</summary>
    internal void AddMark(byte type)
    {
        lock (_gate)
        {
            if (RoomLeft() - _reserved >= LogFormat.FrameHeaderBytes) Add(type, []);
        }
    }

    /// <summary>Exchanges what is staged for an empty buffer. False when nothing is.</summary>
    internal bool Take(ref StagingBuffer buffer)
    {
        lock (_gate)
        {
            if (_buffer.Length == 0) return false;
            (_buffer, buffer) = (buffer, _buffer);
            _partOpen = false;
            return true;
        }
    }

    private void Add(byte type, ReadOnlySpan<byte> payload)
    {
        int bytes = LogFormat.FrameBytes(payload.Length);
        if (_segmentWanted || bytes > _left) OpenSegment();
        else if (!_partOpen) _buffer.Parts.Add(new StagedPart(_segment, IsNew: false, _buffer.Length, _appended));
        _partOpen = true;
        Frame.Stage(_buffer.Add(bytes), type, payload);
        _left -= bytes;
        Volatile.Write(ref _appended, _appended + bytes);
    }

    private void OpenSegment()
    {
        _segment++;
        _buffer.Parts.Add(new StagedPart(_segment, IsNew: true, _buffer.Length, _appended));
        _buffer.Add(LogFormat.SegmentHeaderBytes).Clear();
        _left = _capacity;
        _segmentWanted = false;
    }

    /// <summary>
    /// A frame fits unless it is larger than what is left of the last segment; every segment before that may lose nearly a largest frame.
    /// </summary>
    private long RoomLeft()
    {
        long spares = _pool.Highest - _segment;
        if (spares < 0) return 0;
        long left = _segmentWanted ? 0 : _left;
        if (spares == 0) return left;
        return Math.Max(0, left - _waste) + RoomBehind(spares);
    }

    private long RoomBehind(long spares) => spares <= 0 ? 0 : ((spares - 1) * Math.Max(0, _capacity - _waste)) + _capacity;
}
