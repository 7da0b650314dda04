namespace Concordat.Log;

/// <summary>
/// Writes sealed frames into the active segment and syncs what was written. One caller at a time. A segment handle stays open from a write
/// to the sync that covers it: the kernel reports a write-back error to those who had the file open.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private readonly SegmentPool _pool;
    private readonly LogOptions _options;
    private readonly FailStop _failure;
    private readonly FrameSealer _sealer;
    private readonly List<ILogSegment> _unsynced = []; // full segments with unsynced frames
    private ILogSegment _active;
    private bool _activeUnsynced;
    private long _offset;
    private long _written;
    private long _durable;
    private long _writes;
    private long _syncs;
    private double _lastSyncSeconds;

    internal SegmentWriter(ILogStorage storage, SegmentPool pool, LogOptions options, FailStop failure, ScanResult scan)
    {
        _pool = pool;
        _options = options;
        _failure = failure;
        _sealer = new FrameSealer(scan.Identity, scan.End, scan.LastCrc);
        var tail = scan.Segments[^1];
        _active = storage.Open(LogFormat.SegmentName(tail.Number), writable: true);
        _offset = LogFormat.SegmentHeaderBytes + (scan.End - tail.FirstPosition);
        _written = _durable = scan.End;
        Attested = scan.Attested;
    }

    /// <summary>Readable from any thread; never falls.</summary>
    internal long Durable => Volatile.Read(ref _durable);

    /// <summary>The durable position that the last written frame carries.</summary>
    internal long Attested { get; private set; }

    internal long Writes => Volatile.Read(ref _writes);

    internal long Syncs => Volatile.Read(ref _syncs);

    internal double LastSyncSeconds => Volatile.Read(ref _lastSyncSeconds);

    internal bool HasUnsynced => _written != _durable;

    /// <summary>One write per segment.</summary>
    /// <returns>Whether a segment was begun.</returns>
    internal bool Write(StagingBuffer buffer)
    {
        bool begun = false;
        for (int i = 0; i < buffer.Parts.Count; i++)
        {
            var part = buffer.Parts[i];
            var bytes = buffer.BytesOf(i);
            _sealer.Seal(part, bytes, _durable, _options.SegmentSizeBytes);
            if (part.IsNew)
            {
                Begin(part);
                begun = true;
            }

            LogInvariantException.Require(_offset + bytes.Length <= _active.Length, "frames stay within their segment");
            _failure.ThrowIfFailed();
            _active.Write(bytes, _offset);
            _activeUnsynced = true;
            _offset += bytes.Length;
            _writes++;
            _written = _sealer.Position;
            Attested = _durable;
        }

        return begun;
    }

    /// <summary>Everything written is durable when this returns. When it throws, nobody may call it again.</summary>
    internal void Sync()
    {
        long start = _options.Time.GetTimestamp();
        foreach (var segment in _unsynced)
        {
            segment.Sync();
            _failure.ThrowIfFailed();
        }

        if (_activeUnsynced) _active.Sync();
        Volatile.Write(ref _lastSyncSeconds, _options.Time.GetElapsedTime(start).TotalSeconds);
        _syncs++;
        foreach (var segment in _unsynced) segment.Dispose();
        _unsynced.Clear();
        _activeUnsynced = false;
        LogInvariantException.Require(_written >= _durable, "the durable position never falls");
        Volatile.Write(ref _durable, _written);
    }

    public void Dispose()
    {
        foreach (var segment in _unsynced) segment.Dispose();
        _unsynced.Clear();
        _active.Dispose();
    }

    private void Begin(StagedPart part)
    {
        var next = _pool.Begin(part.Segment, part.Position);
        if (_activeUnsynced) _unsynced.Add(_active);
        else _active.Dispose();
        _active = next;
        _activeUnsynced = false;
        _offset = 0;
    }
}
