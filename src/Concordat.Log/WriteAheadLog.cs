namespace Concordat.Log;

/// <summary>
/// A segmented write-ahead log without threads or timers of its own; <see cref="LogDriver"/> adds them.
/// <code>
///            Append, StartSegment            Flush: write            Flush: sync
///   (caller) ---------------------> staged ---------------> written -------------> durable
///                                      any write, sync, create or delete error: failed, for ever
/// </code>
/// Positions: DurablePosition &lt;= written &lt;= AppendedPosition.
/// Locks, in the order in which they are taken: _io (one flush at a time, held during I/O), that of Staging (memory only).
/// </summary>
public sealed class WriteAheadLog : IDisposable
{
    private readonly ILogStorage _storage;
    private readonly LogOptions _options;
    private readonly int _maxRecordBytes;
    private readonly FailStop _failure = new();
    private readonly SegmentPool _pool;
    private readonly Staging _staging;
    private readonly long _openedAt;
    private readonly Lock _io = new();

    // Under _io.
    private readonly SegmentWriter _writer;
    private StagingBuffer _flushing = new();

    private volatile bool _disposed;

    private WriteAheadLog(ILogStorage storage, LogOptions options, ScanResult scan, List<FileBehind> spares)
    {
        _storage = storage;
        _options = options;
        _maxRecordBytes = options.EffectiveMaxRecordBytes;
        _openedAt = scan.End;
        Identity = scan.Identity;
        _pool = new SegmentPool(storage, options.SegmentSizeBytes, options.SpareSegments);
        _pool.Restore(scan.Segments, spares);
        _staging = new Staging(_pool, options, scan.Segments[^1], scan.End);
        _writer = new SegmentWriter(storage, _pool, options, _failure, scan);
    }

    /// <summary>Random, made with the log, in every segment header; it survives for ever.</summary>
    public Guid Identity { get; }

    /// <summary>What the recovery found and erased behind the last good frame; null when the log ended cleanly.</summary>
    public string? ErasedTail { get; private init; }

    /// <summary>The end of everything appended, staged or not.</summary>
    public LogPosition AppendedPosition => new(_staging.Appended);

    public LogPosition DurablePosition => new(_writer.Durable);

    /// <summary>Largest payload that <see cref="Append"/> takes.</summary>
    public int MaxRecordBytes => _maxRecordBytes;

    /// <summary>Appended and not yet taken by a flush: what the caller bounds.</summary>
    public long StagedBytes => _staging.Bytes;

    /// <summary>
    /// How many bytes of frames (<see cref="LogFormat.FrameBytes"/>) can certainly still be appended into preallocated space, whatever
    /// their sizes. Every segment but the last may be left with nearly a largest frame unused.
    /// </summary>
    public long RoomBytes => _staging.Room;

    /// <summary>What <see cref="RoomBytes"/> would be after <see cref="StartSegment"/>: nothing where no spare waits, however much is left here.</summary>
    public long RoomBytesInSpares => _staging.RoomInSpares;

    /// <summary>The sum of what <see cref="TryReserve"/> granted and <see cref="Release"/> did not give back.</summary>
    public long ReservedBytes => _staging.Reserved;

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
        ArgumentNullException.ThrowIfNull(onRecord);
        return Open(storage, options, _ => onRecord);
    }

    /// <summary>As <see cref="Open(ILogStorage, LogOptions, LogReplay)"/>, for a reader whose records only make sense with the log's identity.</summary>
    /// <param name="replayOf">Called with the identity before the first record; twice where the log is new, and then there is none.</param>
    /// <param name="onReplayed">
    /// Called after the last record of a log that was there, before anything is written: what it throws ends the opening, and not even
    /// a torn tail is erased.
    /// </param>
    public static WriteAheadLog Open(ILogStorage storage, LogOptions options, Func<Guid, LogReplay> replayOf, Action? onReplayed = null)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(replayOf);
        try
        {
            options.Validate();
            storage.Lock();
            var scan = new LogScanner(storage, replayOf).Scan();
            if (scan.IsNew)
            {
                LogCreation.Create(storage, options);
                scan = new LogScanner(storage, replayOf).Scan();
            }
            else
            {
                onReplayed?.Invoke();
            }

            var spares = TailRepair.Repair(storage, scan, options.SegmentSizeBytes);
            var log = new WriteAheadLog(storage, options, scan, spares) { ErasedTail = scan.TailIsTorn ? scan.TailProblem : null };
            if (scan.End == 0) log.WriteFirstMark();
            return log;
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
        ThrowIfUnusable();
        long end = _staging.Append(type, payload, out bool first);
        if (first) FirstStaged?.Invoke();
        return new LogPosition(end);
    }

    /// <summary>
    /// The next record begins a new segment (for a checkpoint); returns its position. Gives up what is left of the current segment, so
    /// look at <see cref="RoomBytesInSpares"/> before.
    /// </summary>
    public LogPosition StartSegment()
    {
        ThrowIfUnusable();
        return new LogPosition(_staging.StartSegment());
    }

    /// <summary>Sets room aside, so that what was promised can be appended on a full disk too. False: there is not that much.</summary>
    public bool TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return _staging.TryReserve(bytes);
    }

    /// <summary>Gives reserved room back: when what it was for has been appended, or will not be.</summary>
    public void Release(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _staging.Release(bytes);
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

    /// <summary>The second half of a forced flush for itself: what was written so far is durable when this returns, what is staged is not.</summary>
    internal LogPosition Sync()
    {
        lock (_io)
        {
            SyncWritten();
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
            if (!_failure.HasFailed)
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
    /// Keeps enough spares that <see cref="RoomBytes"/> reaches this, as far as the disk allows and at most <see cref="LogOptions.MaxSpareSegments"/>
    /// of them: a caller that has promised much asks for as much. Never waits.
    /// </summary>
    public void WantRoom(long bytes)
    {
        var sure = _options.SegmentSizeBytes - LogFormat.SegmentHeaderBytes - LogFormat.FrameBytes(_options.EffectiveMaxRecordBytes);
        var spares = (bytes / Math.Max(sure, LogFormat.Alignment)) + 1;
        if (_pool.Want((int)Math.Min(spares, LogOptions.MaxSpareSegments))) SpacesWanted?.Invoke();
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
            throw _failure.Fail(e);
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
        return new LogStatistics(
            _staging.Appended - _openedAt, _staging.Records, _writer.Writes, _writer.Syncs, used, spares, bytes, _writer.LastSyncSeconds);
    }

    /// <summary>Lets go of everything without writing, as a crash would: what is not durable may be lost. See <see cref="Close"/>.</summary>
    public void Dispose()
    {
        lock (_io)
        {
            if (_disposed) return;
            _disposed = true;
            _writer.Dispose();
            _storage.Dispose();
        }
    }

    /// <summary>Also for failures that others notice: from now on nothing is written or synced.</summary>
    internal LogFailedException Fail(Exception cause) => _failure.Fail(cause);

    private void WriteFirstMark()
    {
        try
        {
            lock (_io)
            {
                _staging.AddMark(LogFormat.IdleMark);
                WriteStaged();
                SyncWritten();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void StageMark(byte type)
    {
        ThrowIfUnusable();
        if (_writer.Attested != _writer.Durable) _staging.AddMark(type);
    }

    private void WriteStaged()
    {
        ThrowIfUnusable();
        if (!_staging.Take(ref _flushing)) return;
        bool begun;
        try
        {
            begun = _writer.Write(_flushing);
            _flushing.Clear(_options.MaxRetainedBufferBytes);
        }
        catch (Exception e)
        {
            throw _failure.Fail(e);
        }

        if (begun) SpacesWanted?.Invoke();
    }

    private void SyncWritten()
    {
        ThrowIfUnusable();
        if (!_writer.HasUnsynced) return;
        try
        {
            _writer.Sync();
        }
        catch (Exception e)
        {
            throw _failure.Fail(e);
        }
    }

    private void ThrowIfUnusable()
    {
        _failure.ThrowIfFailed();
        ObjectDisposedException.ThrowIf(_disposed, this);
    }
}
