using Concordat.Log;

namespace Concordat.Server.Tests.Engine.Support;

/// <summary>A disk in memory whose syncs wait while its gate is closed.</summary>
internal sealed class GatedDisk : IDisposable
{
    private readonly ManualResetEventSlim _gate = new(initialState: true);
    private int _waiting;

    internal GatedDisk()
    {
        var faulty = new FaultyLogStorage(new MemoryLogStorage());
        faulty.From(LogOperation.Sync, 1, LogFault.Before(() =>
        {
            Interlocked.Increment(ref _waiting);
            _gate.Wait(TimeSpan.FromSeconds(60));
            Interlocked.Decrement(ref _waiting);
        }));
        Storage = faulty;
    }

    internal FaultyLogStorage Storage { get; }

    internal bool IsSomebodyWaiting => Volatile.Read(ref _waiting) > 0 && !_gate.IsSet;

    internal int Syncs => Storage.Calls(LogOperation.Sync);

    internal void Close() => _gate.Reset();

    internal void Open() => _gate.Set();

    public void Dispose()
    {
        _gate.Set();
        _gate.Dispose();
    }
}
