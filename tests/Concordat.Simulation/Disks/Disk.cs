using Concordat.Log;

namespace Concordat.Simulation;

/// <summary>
/// A machine's disk as one process sees it. Every call is a crash point before and after, may fail as it was told to, and is witnessed.
/// </summary>
internal sealed class Disk(Node node, Role role, Dice dice, LogWitness witness) : ILogStorage
{
    private int _failWriteIn, _failSyncIn;

    internal MemoryLogStorage Memory { get; private set; } = new();

    /// <summary>Recovery's calls are crash points of their own.</summary>
    internal bool IsRecovering { get; set; }

    /// <summary>The disk has failed this process: an end of the process is what must follow.</summary>
    internal bool HasFailed { get; private set; }

    internal LogWitness Witness { get; } = witness;

    public string Location => node.Name;

    /// <summary>The how-manieth write from now fails, having written some of it.</summary>
    internal void FailWrite(int inCalls) => _failWriteIn = inCalls;

    /// <summary>The how-manieth sync from now fails, and what it should have made durable never will be.</summary>
    internal void FailSync(int inCalls) => _failSyncIn = inCalls;

    /// <summary>No byte more than there is.</summary>
    internal void Fill() => Memory.CapacityBytes = 0;

    internal void Clear() => Memory.CapacityBytes = long.MaxValue;

    internal void Heal()
    {
        _failWriteIn = _failSyncIn = 0;
        Clear();
    }

    /// <summary>The disk after the process died.</summary>
    internal void Lose(PowerLoss loss)
    {
        HasFailed = false;
        _failWriteIn = _failSyncIn = 0;
        if (loss == PowerLoss.None)
        {
            // The old process's handles are dead with it; the bytes stay, and stay unsynced.
            Memory.Dispose();
        }
        else
        {
            Memory = Memory.Crash(loss switch
            {
                PowerLoss.All => CrashPlan.LoseUnsynced,
                PowerLoss.Prefix => CrashPlan.KeepPrefix(dice.Below((int)Math.Min(Memory.UnsyncedBytes, 1 << 20) + 1)),
                _ => CrashPlan.RandomSectors((int)dice.Next()),
            });
        }

        Witness.Survive(Memory);
    }

    /// <summary>A backup: what is durable at this moment. Null while there is no log yet.</summary>
    internal MemoryLogStorage? Copy()
    {
        var copy = Memory.AsIfCrashed(CrashPlan.LoseUnsynced);
        return LogWitness.IsWhole(copy) ? copy : null;
    }

    /// <summary>Somebody puts an old copy in the disk's place.</summary>
    internal void Replace(MemoryLogStorage copy)
    {
        Memory = copy;
        Witness.Restore(Memory);
    }

    public void Lock()
    {
        Pass(Act.Lock, 0, after: false);
        Memory.Lock();
        Pass(Act.Lock, 0, after: true);
    }

    public IReadOnlyList<string> List()
    {
        Pass(Act.List, 0, after: false);
        return Memory.List();
    }

    public ILogSegment Create(string name, long length)
    {
        Pass(Act.Create, 0, after: false);
        var created = Memory.Create(name, length);
        Pass(Act.Create, 0, after: true);
        return new File(this, created);
    }

    public ILogSegment Open(string name, bool writable)
    {
        Pass(Act.Open, 0, after: false);
        return new File(this, Memory.Open(name, writable));
    }

    public void Delete(string name)
    {
        Pass(Act.Delete, 0, after: false);
        Memory.Delete(name);
        Pass(Act.Delete, 0, after: true);
    }

    public void SyncDirectory()
    {
        Pass(Act.SyncDirectory, 0, after: false);
        Memory.SyncDirectory();
        Pass(Act.SyncDirectory, 0, after: true);
    }

    public void Dispose()
    {
        // A process that failed lets go of its log; one that died has let go already, and its successor may hold the lock.
        if (node.IsUp && !HasFailed)
        {
            Memory.Dispose();
        }
    }

    private void Pass(Act act, int detail, bool after) => node.Pass(new CrashPoint(role, IsRecovering, act, detail, after));

    private sealed class File(Disk disk, ILogSegment segment) : ILogSegment
    {
        private readonly int _incarnation = disk.Node.Incarnation;
        private int _lastWritten;

        public string Name => segment.Name;

        public long Length => segment.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            disk.Pass(Act.Read, 0, after: false);
            return segment.Read(buffer, offset);
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            RequireLife();
            var detail = LogWitness.DetailOf(bytes, offset);
            var act = detail == LogWitness.Zeros ? Act.Erase : Act.Write;
            detail = detail == LogWitness.Zeros ? 0 : detail;
            disk.Pass(act, detail, after: false);
            if (disk._failWriteIn > 0 && --disk._failWriteIn == 0)
            {
                disk.HasFailed = true;
                var some = bytes[..disk.Dice.Below(bytes.Length + 1)];
                segment.Write(some, offset);
                disk.Witness.Written(segment.Name, some, offset);
                throw new InjectedDiskException("write: input/output error");
            }

            segment.Write(bytes, offset);
            _lastWritten = detail;
            disk.Witness.Written(segment.Name, bytes, offset);
            disk.Pass(act, detail, after: true);
        }

        public void Sync()
        {
            RequireLife();
            disk.Pass(Act.Sync, _lastWritten, after: false);
            if (disk._failSyncIn > 0 && --disk._failSyncIn == 0)
            {
                disk.HasFailed = true;
                disk.Memory.ForgetUnsynced();
                throw new InjectedDiskException("sync: input/output error");
            }

            segment.Sync();
            disk.Witness.Synced(segment.Name);
            disk.Pass(Act.Sync, _lastWritten, after: true);
        }

        public void Dispose() => segment.Dispose();

        private void RequireLife()
        {
            if (disk.Node.Incarnation != _incarnation || !disk.Node.IsUp || disk.HasFailed)
            {
                throw new InjectedDiskException("the process that had this file open is gone");
            }
        }
    }

    private Node Node => node;

    private Dice Dice => dice;
}
