namespace Concordat.Log;

/// <summary>
/// The segments of a log and how they come and go:
/// <code>
///   (none) --Create--> spare --Begin--> active --Begin of the next--> full --DoomBefore--> doomed --DeleteDoomed--> (none)
/// </code>
/// spare: zeros, durable under its name. active, full: has a header. doomed: nobody needs it, it still occupies space.
/// Numbers rise without gap over doomed, full, active, spare; creation happens at the high end and deletion at the low end, each made
/// durable before the next, so that a crash leaves no gap.
/// </summary>
internal sealed class SegmentPool(ILogStorage storage, int segmentSize, int minSpares)
{
    private readonly Lock _state = new();
    private readonly Lock _creation = new(); // held while one segment is created; taken before _state
    private readonly Lock _deletion = new(); // likewise
    private readonly List<SegmentInfo> _used = [];
    private readonly Queue<SegmentInfo> _doomed = new();
    private readonly Queue<long> _spares = new();
    private long _highest = -1;
    private readonly int _minSpares = minSpares;
    private int _wantedSpares;

    internal void Restore(IEnumerable<SegmentInfo> used, IEnumerable<FileBehind> spares)
    {
        _used.AddRange(used);
        _highest = _used[^1].Number;
        foreach (var spare in spares)
        {
            LogInvariantException.Require(spare.Number == _highest + 1, "segment numbers have no gap");
            _highest = spare.Number;
            _spares.Enqueue(spare.Number);
        }
    }

    internal SegmentInfo Active
    {
        get
        {
            lock (_state) return _used[^1];
        }
    }

    /// <summary>The highest number that exists: begun or spare.</summary>
    internal long Highest
    {
        get
        {
            lock (_state) return _highest;
        }
    }

    internal bool IsComplete
    {
        get
        {
            lock (_state) return _spares.Count >= Math.Max(_minSpares, _wantedSpares) && _doomed.Count == 0;
        }
    }

    /// <summary>How many spares are kept from now on; never fewer than the options say. True where that is more than there are.</summary>
    internal bool Want(int spares)
    {
        lock (_state)
        {
            _wantedSpares = spares;
            return _spares.Count < Math.Max(_minSpares, _wantedSpares);
        }
    }

    internal (int Used, int Spares, long Bytes) Count()
    {
        lock (_state)
        {
            long bytes = _used.Sum(s => s.SizeBytes) + _doomed.Sum(s => s.SizeBytes) + ((long)_spares.Count * segmentSize);
            return (_used.Count, _spares.Count, bytes);
        }
    }

    /// <summary>Takes the next segment into use; creates it when no spare waits.</summary>
    internal ILogSegment Begin(long number, long firstPosition)
    {
        bool exists;
        lock (_state) exists = _spares.Count > 0;
        if (!exists)
        {
            lock (_creation)
            {
                lock (_state) exists = _spares.Count > 0;
                if (!exists) CreateNext();
            }
        }

        var segment = storage.Open(LogFormat.SegmentName(number), writable: true);
        lock (_state)
        {
            long spare = _spares.Dequeue();
            LogInvariantException.Require(spare == number && number == _used[^1].Number + 1, "segments begin in order");
            LogInvariantException.Require(segment.Length == segmentSize, "a spare has its full size");
            _used.Add(new SegmentInfo(number, firstPosition, segmentSize));
        }

        return segment;
    }

    /// <summary>False when a spare is missing after all.</summary>
    internal bool FillSpares()
    {
        while (true)
        {
            lock (_creation)
            {
                lock (_state)
                {
                    if (_spares.Count >= Math.Max(_minSpares, _wantedSpares)) return true;
                }

                CreateNext();
            }
        }
    }

    internal void DoomBefore(long position)
    {
        lock (_state)
        {
            int gone = 0;
            while (gone + 1 < _used.Count && _used[gone + 1].FirstPosition <= position) _doomed.Enqueue(_used[gone++]);
            _used.RemoveRange(0, gone);
        }
    }

    internal void DeleteDoomed()
    {
        lock (_deletion)
        {
            while (true)
            {
                SegmentInfo oldest;
                lock (_state)
                {
                    if (!_doomed.TryPeek(out oldest)) return;
                }

                storage.Delete(LogFormat.SegmentName(oldest.Number));
                storage.SyncDirectory();
                lock (_state) _doomed.Dequeue();
            }
        }
    }

    // A crash leaves: a file of any length under the next number (deleted at the next start), or a whole spare (kept).
    private void CreateNext()
    {
        long number = Highest + 1;
        storage.Create(LogFormat.SegmentName(number), segmentSize).Dispose();
        storage.SyncDirectory();
        lock (_state)
        {
            _spares.Enqueue(number);
            _highest = number;
        }
    }
}
