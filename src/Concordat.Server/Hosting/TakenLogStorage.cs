using Concordat.Log;

namespace Concordat.Server.Hosting;

/// <summary>A storage whose directory is taken before the log is opened, so that two servers are told apart before either listens.</summary>
internal sealed class TakenLogStorage(ILogStorage storage) : ILogStorage
{
    public string Location => storage.Location;

    /// <exception cref="LogLockedException">Another process has it.</exception>
    internal void Take() => storage.Lock();

    /// <summary>It is taken already.</summary>
    public void Lock()
    {
    }

    public IReadOnlyList<string> List() => storage.List();

    public ILogSegment Create(string name, long length) => storage.Create(name, length);

    public ILogSegment Open(string name, bool writable) => storage.Open(name, writable);

    public void Delete(string name) => storage.Delete(name);

    public void SyncDirectory() => storage.SyncDirectory();

    public void Dispose() => storage.Dispose();
}
