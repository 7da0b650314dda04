namespace Concordat.Log;

/// <summary>
/// A disk in memory that tells written bytes from durable ones, and can lose power. Thread-safe. For tests and simulations.
/// </summary>
public sealed class MemoryLogStorage : ILogStorage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MemoryFile> _durableNames = new(StringComparer.Ordinal);
    private readonly List<(string Name, MemoryFile? Created)> _directoryChanges = [];
    private long _order;
    private bool _locked;
    private bool _lostPower;

    public string Location => "memory";

    /// <summary>All files together may have this many bytes; beyond that a creation finds the disk full.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>How many bytes a power cut now could lose.</summary>
    public long UnsyncedBytes
    {
        get
        {
            lock (_gate) return _files.Values.Sum(file => file.Pending.Sum(write => (long)write.Bytes.Length));
        }
    }

    public void Lock()
    {
        lock (_gate)
        {
            RequirePower();
            if (_locked) throw new LogLockedException(Location, Environment.ProcessId);
            _locked = true;
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            RequirePower();
            return [.. _files.Keys];
        }
    }

    public ILogSegment Create(string name, long length)
    {
        lock (_gate)
        {
            RequirePower();
            if (_files.ContainsKey(name)) throw new IOException($"'{name}' exists already.");
            if (_files.Values.Sum(f => (long)f.Length) + length > CapacityBytes)
                throw new LogSpaceException($"No space for the {length} bytes of '{name}'.");
            var file = new MemoryFile(new byte[length]);
            _files.Add(name, file);
            _directoryChanges.Add((name, file));
            return new Segment(this, name, file);
        }
    }

    public ILogSegment Open(string name, bool writable)
    {
        lock (_gate)
        {
            RequirePower();
            return new Segment(this, name, Find(name));
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            RequirePower();
            if (_files.Remove(name)) _directoryChanges.Add((name, null));
        }
    }

    public void SyncDirectory()
    {
        lock (_gate)
        {
            RequirePower();
            foreach (var (name, created) in _directoryChanges) Change(_durableNames, name, created);
            _directoryChanges.Clear();
        }
    }

    /// <summary>The disk as it is found after a power cut. This one answers nothing any more.</summary>
    public MemoryLogStorage Crash(CrashPlan plan)
    {
        lock (_gate)
        {
            var after = Survivor(plan);
            _lostPower = true;
            return after;
        }
    }

    /// <summary>As <see cref="Crash"/>, but this one goes on: to look at many ways in which the same moment could end.</summary>
    public MemoryLogStorage AsIfCrashed(CrashPlan plan)
    {
        lock (_gate) return Survivor(plan);
    }

    /// <summary>
    /// What a failed sync leaves on Linux: readers still see what was written, the system holds it for clean, no later sync makes it
    /// durable, and a power cut loses it.
    /// </summary>
    public void ForgetUnsynced()
    {
        lock (_gate)
        {
            foreach (var file in _files.Values) file.Pending.Clear();
        }
    }

    /// <summary>Content of every file as a reader sees it now.</summary>
    public IReadOnlyDictionary<string, byte[]> Snapshot()
    {
        lock (_gate) return _files.ToDictionary(file => file.Key, file => file.Value.Current.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>Puts a durable file there behind the log's back (or replaces it): damage, and what crashes leave.</summary>
    public void Plant(string name, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        lock (_gate)
        {
            var file = new MemoryFile((byte[])content.Clone());
            _files[name] = file;
            _durableNames[name] = file;
        }
    }

    /// <summary>Takes a file away behind the log's back.</summary>
    public void Uproot(string name)
    {
        lock (_gate)
        {
            _files.Remove(name);
            _durableNames.Remove(name);
        }
    }

    /// <summary>Only lets go of the lock: the bytes stay, for the next log.</summary>
    public void Dispose()
    {
        lock (_gate) _locked = false;
    }

    private MemoryLogStorage Survivor(CrashPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Begin();
        var names = new Dictionary<string, MemoryFile>(_durableNames, StringComparer.Ordinal);
        foreach (var (name, created) in _directoryChanges)
        {
            if (plan.KeepsDirectoryChange()) Change(names, name, created);
        }

        var after = new MemoryLogStorage { CapacityBytes = CapacityBytes };
        foreach (var (name, file) in names.OrderBy(n => n.Value.Pending.Count == 0 ? long.MaxValue : n.Value.Pending[0].Order)
            .ThenBy(n => n.Key, StringComparer.Ordinal))
        {
            byte[] content = (byte[])file.Durable.Clone();
            plan.Apply(content, file.Pending);
            after.Plant(name, content);
        }

        return after;
    }

    private static void Change(Dictionary<string, MemoryFile> names, string name, MemoryFile? created)
    {
        if (created is null) names.Remove(name);
        else names[name] = created;
    }

    private MemoryFile Find(string name) =>
        _files.TryGetValue(name, out var file) ? file : throw new FileNotFoundException($"There is no '{name}'.", name);

    private void RequirePower()
    {
        if (_lostPower) throw new IOException("The power is gone.");
    }

    private sealed class Segment(MemoryLogStorage storage, string name, MemoryFile file) : ILogSegment
    {
        public string Name => name;

        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            lock (storage._gate)
            {
                storage.RequirePower();
                var rest = file.Current[(int)Math.Min(offset, file.Length)..];
                int read = Math.Min(rest.Length, buffer.Length);
                rest[..read].CopyTo(buffer);
                return read;
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (storage._gate)
            {
                storage.RequirePower();
                LogInvariantException.Require(offset >= 0 && offset + bytes.Length <= file.Length, "a write stays within its segment");
                file.Write(storage._order++, bytes, offset);
            }
        }

        public void Sync()
        {
            lock (storage._gate)
            {
                storage.RequirePower();
                file.Sync();
            }
        }

        public void Dispose()
        {
        }
    }
}
