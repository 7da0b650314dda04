namespace Concordat.Log;

/// <summary>What a storage is asked to do; the names under which faults are scripted and calls counted.</summary>
public enum LogOperation
{
    Lock,
    List,
    Create,
    Open,
    Delete,
    SyncDirectory,
    Read,
    Write,
    Sync,
}

/// <summary>What goes wrong with one call.</summary>
public abstract record LogFault
{
    private LogFault()
    {
    }

    /// <summary>EIO.</summary>
    public static LogFault IoError { get; } = new Throws(() => new IOException("Input/output error (scripted).", 5));

    /// <summary>ENOSPC.</summary>
    public static LogFault NoSpace { get; } = new Throws(() => new LogSpaceException("No space left on device (scripted)."));

    /// <summary>EIO after part of the bytes.</summary>
    public static LogFault ShortWrite(int bytes) => new Short(bytes);

    /// <summary>Calls back before the call is made: to hold it up (a slow disk), to look, or to throw.</summary>
    public static LogFault Before(Action action) => new Calls(action);

    internal sealed record Throws(Func<Exception> Error) : LogFault;

    internal sealed record Short(int Bytes) : LogFault;

    internal sealed record Calls(Action Action) : LogFault;
}

/// <summary>
/// Another storage, with scripted faults: on the n-th call of an operation (counted from 1 over all files), on every call from one on, or
/// on the n-th call that changes anything at all.
/// </summary>
public sealed class FaultyLogStorage(ILogStorage inner) : ILogStorage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LogOperation, int> _calls = [];
    private readonly List<(LogOperation? Operation, int From, int To, LogFault Fault)> _script = [];
    private int _changes;

    public string Location => inner.Location;

    /// <summary>Calls that write, sync, create or delete, so far.</summary>
    public int Changes
    {
        get
        {
            lock (_gate) return _changes;
        }
    }

    public int Calls(LogOperation operation)
    {
        lock (_gate) return _calls.GetValueOrDefault(operation);
    }

    public FaultyLogStorage On(LogOperation operation, int nth, LogFault fault) => Add(operation, nth, nth, fault);

    public FaultyLogStorage From(LogOperation operation, int nth, LogFault fault) => Add(operation, nth, int.MaxValue, fault);

    /// <summary>The n-th write, sync, create, delete or directory sync, whichever that is.</summary>
    public FaultyLogStorage OnChange(int nth, LogFault fault) => Add(null, nth, nth, fault);

    public void Heal()
    {
        lock (_gate) _script.Clear();
    }

    public void Lock()
    {
        Meet(LogOperation.Lock);
        inner.Lock();
    }

    public IReadOnlyList<string> List()
    {
        Meet(LogOperation.List);
        return inner.List();
    }

    public ILogSegment Create(string name, long length)
    {
        Meet(LogOperation.Create);
        return new Segment(this, inner.Create(name, length));
    }

    public ILogSegment Open(string name, bool writable)
    {
        Meet(LogOperation.Open);
        return new Segment(this, inner.Open(name, writable));
    }

    public void Delete(string name)
    {
        Meet(LogOperation.Delete);
        inner.Delete(name);
    }

    public void SyncDirectory()
    {
        Meet(LogOperation.SyncDirectory);
        inner.SyncDirectory();
    }

    public void Dispose() => inner.Dispose();

    private FaultyLogStorage Add(LogOperation? operation, int from, int to, LogFault fault)
    {
        lock (_gate) _script.Add((operation, from, to, fault));
        return this;
    }

    private int? Meet(LogOperation operation)
    {
        LogFault? fault;
        lock (_gate)
        {
            int count = _calls[operation] = _calls.GetValueOrDefault(operation) + 1;
            bool changes = operation is LogOperation.Create or LogOperation.Delete or LogOperation.SyncDirectory or LogOperation.Write
                or LogOperation.Sync;
            if (changes) _changes++;
            fault = _script.FirstOrDefault(s => s.Operation is { } named
                ? named == operation && s.From <= count && count <= s.To
                : changes && s.From == _changes).Fault;
        }

        switch (fault)
        {
            case LogFault.Throws throws: throw throws.Error();
            case LogFault.Calls calls: calls.Action(); return null;
            case LogFault.Short cut: return cut.Bytes;
            default: return null;
        }
    }

    private sealed class Segment(FaultyLogStorage storage, ILogSegment inner) : ILogSegment
    {
        public string Name => inner.Name;

        public long Length => inner.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            storage.Meet(LogOperation.Read);
            return inner.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (storage.Meet(LogOperation.Write) is not { } cut)
            {
                inner.Write(bytes, offset);
                return;
            }

            inner.Write(bytes[..Math.Min(cut, bytes.Length)], offset);
            throw new IOException($"Only {cut} of {bytes.Length} bytes were written (scripted).", 5);
        }

        public void Sync()
        {
            storage.Meet(LogOperation.Sync);
            inner.Sync();
        }

        public void Dispose() => inner.Dispose();
    }
}
