using Concordat.Log;

namespace Concordat.Client.Tests.Participants;

/// <summary>A disk on which the first new file after a while takes its time, as on a machine that is busy. Everything else is quick.</summary>
internal sealed class SlowToCreate(ILogStorage disk, TimeSpan time) : ILogStorage
{
    public bool IsSlow { get; set; }

    public string Location => disk.Location;

    public void Lock() => disk.Lock();

    public IReadOnlyList<string> List() => disk.List();

    public ILogSegment Create(string name, long length)
    {
        if (IsSlow)
        {
            Thread.Sleep(time);
        }

        return disk.Create(name, length);
    }

    public ILogSegment Open(string name, bool writable) => disk.Open(name, writable);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    public void Dispose() => disk.Dispose();
}
