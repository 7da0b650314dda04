namespace Concordat.Log;

/// <summary>
/// A segmented write-ahead log without threads or timers of its own; <see cref="LogDriver"/> adds them.
/// <code>
///            Append, StartSegment            Flush: write            Flush: sync
///   (caller) ---------------------> staged ---------------> written -------------> durable
///                                      any write, sync, create or delete error: failed, for ever
/// </code>
/// Positions: DurablePosition &lt;= written &lt;= AppendedPosition.
/// Locks, in the order in which they are taken: _io (one flush at a time, held during I/O), _stage (memory only, held for one copy).
/// </summary>
public sealed class WriteAheadLog : IDisposable
{
    private readonly ILogStorage _storage;
    private readonly LogOptions _options;
    private readonly SegmentPool _pool;
    private readonly FrameSealer _sealer;
    private readonly int _maxRecordBytes;
    private readonly Lock _io = new();
    private readonly Lock _stage = new();

    // Under _stage. The cursor says where the next frame will be placed: in which segment, and how much of that is left.
    private StagingBuffer _staging = new();
    private long _cursorSegment;
    private long _cursorLeft;
    private long _appended;
    private long _appendedRecords;
    private bool _partOpen;
    private bool _segmentWanted;
    private long _reserved;

    // Under _io.
    private readonly List<ILogSegment> _unsynced = [];
    private StagingBuffer _flushing = new();
    private ILogSegment _active;
    private bool _activeUnsynced;
    private long _activeOffset;
    private long _attested;

    private long _durable;
    private long _written;
    private long _writes;
    private long _syncs;
    private double _lastSyncSeconds;
    private readonly long _openedAt;
    private volatile Exception? _failure; // the first cause
    private bool _disposed;

    private WriteAheadLog(ILogStorage storage, LogOptions options, ScanResult scan, List<FileBehind> spares)
    {
        _storage = storage;
        _options = options;
        _maxRecordBytes = options.EffectiveMaxRecordBytes;
        Identity = scan.Identity;
        _pool = new SegmentPool(storage, options.SegmentSizeBytes, options.SpareSegments);
        _pool.Restore(scan.Segments, spares);
        _sealer = new FrameSealer(scan.Identity, scan.End, scan.LastCrc);
        var tail = scan.Segments[^1];
        _activeOffset = LogFormat.SegmentHeaderBytes + (scan.End - tail.FirstPosition);
        _cursorSegment = tail.Number;
        _cursorLeft = Math.Max(0, (tail.SizeBytes & ~(LogFormat.Alignment - 1L)) - _activeOffset);
        _openedAt = _appended = _written = _durable = scan.End;
        _attested = scan.Attested;
        _active = storage.Open(LogFormat.SegmentName(tail.Number), writable: true);
    }

    /// <summary>Random, made with the log, in every segment header; it survives for ever.</summary>
    public Guid Identity { get; }

    /// <summary>What the recovery found and erased behind the last good frame; null when the log ended cleanly.</summary>
    public string? ErasedTail { get; private init; }

    /// <summary>The end of everything appended, staged or not.</summary>
    public LogPosition AppendedPosition => new(Volatile.Read(ref _appended));

    public LogPosition DurablePosition => new(Volatile.Read(ref _durable));

    /// <summary>Largest payload that <see cref="Append"/> takes.</summary>
    public int MaxRecordBytes => _maxRecordBytes;

    /// <summary>Appended and not yet taken by a flush: what the caller bounds.</summary>
    public long StagedBytes
    {
        get
        {
            lock (_stage) return _staging.Length;
        }
    }

    /// <summary>
    /// How many bytes of frames (<see cref="LogFormat.FrameBytes"/>) can certainly still be appended into preallocated space, whatever
    /// their sizes. Every segment but the last may be left with nearly a largest frame unused.
    /// </summary>
    public long RoomBytes
    {
        get
        {
            lock (_stage) return Room();
        }
    }

    /// <summary>The sum of what <see cref="TryReserve"/> granted and <see cref="Release"/> did not give back.</summary>
    public long ReservedBytes
    {
        get
        {
            lock (_stage) return _reserved;
        }
    }

    /// <summary>Told when the first bytes are staged after a flush took all. Called outside the locks, on the appender's thread.</summary>
    internal Action? FirstStaged { get; set; }

    /// <summary>Told when segments should be created or deleted. Called on whatever thread noticed.</summary>
    internal Action? SpacesWanted { get; set; }

    /// <summary>
    /// Locks, replays, judges, and only then repairs the tail. Takes the storage over: it is disposed with the log, also when this throws.
    /// Throws <see cref="LogLockedException"/>, <see cref="LogDamagedException"/>, <see cref="LogVersionException"/>, or the read error.
    /// </summary>
    public static WriteAheadLog Open(ILogStorage storage, LogOptions options, LogReplay onRecord)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(onRecord);
        try
        {
            options.Validate();
            storage.Lock();
            var scan = new LogScanner(storage, onRecord).Scan();
            if (scan.IsNew)
            {
                LogCreation.Create(storage, options.SegmentSizeBytes);
                scan = new LogScanner(storage, onRecord).Scan();
            }

            var spares = TailRepair.Repair(storage, scan, options.SegmentSizeBytes);
            return new WriteAheadLog(storage, options, scan, spares) { ErasedTail = scan.TailIsTorn ? scan.TailProblem : null };
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Stages a record in memory and returns the position of its END: it is durable when <see cref="DurablePosition"/> has reached that.
    /// Cheap, never waits for the disk, safe against a flush on another thread. Types from <see cref="LogFormat.FirstReservedType"/>
    /// on are the log's own.
    /// </summary>
    public LogPosition Append(byte type, ReadOnlySpan<byte> payload)
    {
        if (type >= LogFormat.FirstReservedType)
            throw new ArgumentOutOfRangeException(nameof(type), type, $"Record types end at {LogFormat.FirstReservedType - 1}.");
        if (payload.Length > _maxRecordBytes)
            throw new ArgumentOutOfRangeException(nameof(payload), payload.Length, $"A record of this log holds at most {_maxRecordBytes} bytes.");
        bool first;
        long end;
        lock (_stage)
        {
            ThrowIfUnusable();
            first = _staging.Length == 0;
            Stage(type, payload);
            _appendedRecords++;
            end = _appended;
        }

        if (first) FirstStaged?.Invoke();
        return new LogPosition(end);
    }

    /// <summary>
    /// The next record begins a new segment (for a checkpoint); returns its position. Gives up what is left of the current segment, so
    /// look at <see cref="RoomBytes"/> afterwards.
    /// </summary>
    public LogPosition StartSegment()
    {
        lock (_stage)
        {
            ThrowIfUnusable();
            _segmentWanted = true;
            return new LogPosition(_appended);
        }
    }

    /// <summary>Sets room aside, so that what was promised can be appended on a full disk too. False: there is not that much.</summary>
    public bool TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_stage)
        {
            if (Room() - _reserved < bytes) return false;
            _reserved += bytes;
            return true;
        }
    }

    /// <summary>Gives reserved room back: when what it was for has been appended, or will not be.</summary>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_stage)
        {
            LogInvariantException.Require(bytes <= _reserved, "no more is released than was reserved");
            _reserved -= bytes;
        }
    }

    /// <summary>
    /// Writes everything staged; with <paramref name="force"/> everything written so far is durable when this returns. Appends go on
    /// meanwhile, into the next flush. Returns the durable position. After an error nothing is ever written or synced again.
    /// </summary>
    public LogPosition Flush(bool force)
    {
        lock (_io)
        {
            WriteStaged();
            if (force) SyncWritten();
            return DurablePosition;
        }
    }

    /// <summary>
    /// When the log goes idle: writes everything staged, and a mark that attests what is durable by now, unless the last frame does already,
    /// or the mark would eat into reserved room. Does not force.
    /// </summary>
    public void WriteMark()
    {
        lock (_io)
        {
            StageMark(LogFormat.IdleMark);
            WriteStaged();
        }
    }

    /// <summary>The clean stop: forces everything, then a mark, so that whatever is found bad later is known to be damage.</summary>
    public void Close()
    {
        lock (_io)
        {
            if (_disposed) return;
            if (_failure is null)
            {
                WriteStaged();
                SyncWritten();
                StageMark(LogFormat.StopMark);
                WriteStaged();
                SyncWritten();
            }
        }

        Dispose();
    }

    /// <summary>
    /// Deletes what <see cref="RemoveBefore"/> marked and preallocates missing spares. False when some are missing after all, because the
    /// disk is full: not a failure, the log just has less room. Slow; for a background thread.
    /// </summary>
    public bool MaintainSpares()
    {
        ThrowIfUnusable();
        try
        {
            _pool.DeleteDoomed();
            return _pool.FillSpares();
        }
        catch (LogSpaceException)
        {
            return false;
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    /// <summary>
    /// Segments wholly before a position will go. The caller guarantees that what remains begins with a segment started by
    /// <see cref="StartSegment"/> that holds a complete checkpoint; the log only refuses to remove up to what is not durable.
    /// </summary>
    public void RemoveBefore(LogPosition position)
    {
        if (position.Value > 0 && position >= DurablePosition)
            throw new ArgumentOutOfRangeException(nameof(position), position.Value, "What stays must hold durable records.");
        _pool.DoomBefore(position.Value);
        SpacesWanted?.Invoke();
    }

    public LogStatistics Statistics()
    {
        var (used, spares, bytes) = _pool.Count();
        lock (_stage)
        {
            return new LogStatistics(_appended - _openedAt, _appendedRecords, Volatile.Read(ref _writes), Volatile.Read(ref _syncs), used,
                spares, bytes, Volatile.Read(ref _lastSyncSeconds));
        }
    }

    /// <summary>Lets go of everything without writing, as a crash would: what is not durable may be lost. See <see cref="Close"/>.</summary>
    public void Dispose()
    {
        lock (_io)
        {
            lock (_stage)
            {
                if (_disposed) return;
                _disposed = true;
            }

            foreach (var segment in _unsynced) segment.Dispose();
            _unsynced.Clear();
            _active.Dispose();
            _storage.Dispose();
        }
    }

    /// <summary>Also for failures that others notice: from now on nothing is written or synced.</summary>
    internal LogFailedException Fail(Exception cause)
    {
        if (cause is LogFailedException already) return already;
        return new LogFailedException(Interlocked.CompareExchange(ref _failure, cause, null) ?? cause);
    }

    private void StageMark(byte type)
    {
        lock (_stage)
        {
            ThrowIfUnusable();
            if (_attested == _durable || Room() - _reserved < LogFormat.FrameHeaderBytes) return;
            Stage(type, []);
        }
    }

    private void Stage(byte type, ReadOnlySpan<byte> payload)
    {
        int bytes = LogFormat.FrameBytes(payload.Length);
        if (_segmentWanted || bytes > _cursorLeft) OpenPart(isNew: true);
        else if (!_partOpen) OpenPart(isNew: false);
        Frame.Stage(_staging.Add(bytes), type, payload);
        _cursorLeft -= bytes;
        Volatile.Write(ref _appended, _appended + bytes);
    }

    private void OpenPart(bool isNew)
    {
        if (isNew) _cursorSegment++;
        _staging.Parts.Add(new StagedPart(_cursorSegment, isNew, _staging.Length, _appended));
        _partOpen = true;
        if (!isNew) return;
        _staging.Add(LogFormat.SegmentHeaderBytes).Clear();
        _cursorLeft = _options.SegmentSizeBytes - LogFormat.SegmentHeaderBytes;
        _segmentWanted = false;
    }

    private long Room()
    {
        long highest = _pool.Highest;
        if (_cursorSegment > highest) return 0;
        long spares = highest - _cursorSegment;
        long left = _segmentWanted ? 0 : _cursorLeft;
        if (spares == 0) return left;
        long capacity = _options.SegmentSizeBytes - LogFormat.SegmentHeaderBytes;
        long waste = LogFormat.FrameBytes(_maxRecordBytes) - LogFormat.Alignment;
        return Math.Max(0, left - waste) + ((spares - 1) * Math.Max(0, capacity - waste)) + capacity;
    }

    private void WriteStaged()
    {
        lock (_stage)
        {
            ThrowIfUnusable();
            if (_staging.Length == 0) return;
            (_staging, _flushing) = (_flushing, _staging);
            _partOpen = false;
        }

        try
        {
            for (int i = 0; i < _flushing.Parts.Count; i++) WritePart(_flushing.Parts[i], _flushing.BytesOf(i));
            _flushing.Clear(_options.MaxRetainedBufferBytes);
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    private void WritePart(StagedPart part, Span<byte> bytes)
    {
        long durable = _durable;
        _sealer.Seal(part, bytes, durable, _options.SegmentSizeBytes);
        if (part.IsNew) BeginSegment(part);
        LogInvariantException.Require(_activeOffset + bytes.Length <= _active.Length, "frames stay within their segment");
        ThrowIfUnusable();
        _active.Write(bytes, _activeOffset);
        _activeUnsynced = true;
        _activeOffset += bytes.Length;
        _writes++;
        _written = _sealer.Position;
        _attested = durable;
    }

    private void BeginSegment(StagedPart part)
    {
        var next = _pool.Begin(part.Segment, part.Position);
        // A handle stays open from a write to the sync that covers it: a write-back error is reported to those who had the file open.
        if (_activeUnsynced) _unsynced.Add(_active);
        else _active.Dispose();
        _active = next;
        _activeUnsynced = false;
        _activeOffset = 0;
        SpacesWanted?.Invoke();
    }

    private void SyncWritten()
    {
        ThrowIfUnusable();
        if (_written == _durable) return;
        try
        {
            long start = _options.Time.GetTimestamp();
            foreach (var segment in _unsynced) segment.Sync();
            if (_activeUnsynced) _active.Sync();
            _lastSyncSeconds = _options.Time.GetElapsedTime(start).TotalSeconds;
            _syncs++;
        }
        catch (Exception e)
        {
            throw Fail(e);
        }

        foreach (var segment in _unsynced) segment.Dispose();
        _unsynced.Clear();
        _activeUnsynced = false;
        LogInvariantException.Require(_written >= _durable, "the durable position never falls");
        Volatile.Write(ref _durable, _written);
    }

    private void ThrowIfUnusable()
    {
        if (_failure is { } cause) throw new LogFailedException(cause);
        ObjectDisposedException.ThrowIf(_disposed, this);
    }
}
