using Concordat.Log;

namespace Concordat.Cli.Logs;

/// <summary>
/// The files of a log as they are at one moment, opened at once and read-only. Its owner may go on: a segment that it removes
/// meanwhile stays readable here, and one that it adds is not seen.
/// </summary>
internal sealed class HeldLogStorage : ILogStorage
{
    private const int MaxListings = 10;
    private readonly Dictionary<string, ILogSegment> _files = new(StringComparer.Ordinal);

    private HeldLogStorage(string location) => Location = location;

    public string Location { get; }

    /// <exception cref="CommandFailedException">There is no such directory, or no log in it.</exception>
    internal static HeldLogStorage Open(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new CommandFailedException(ExitCode.NotFound, $"there is no directory '{directory}'; name the data directory of a coordinator or of a participant");
        }

        return Open(new FileLogStorage(directory));
    }

    internal static HeldLogStorage Open(ILogStorage storage)
    {
        for (var listings = 1; ; listings++)
        {
            var held = new HeldLogStorage(storage.Location);
            try
            {
                foreach (var name in storage.List().Where(name => LogFormat.TryParseSegmentName(name, out _)))
                {
                    held._files.Add(name, storage.Open(name, writable: false));
                }

                return held;
            }
            catch (FileNotFoundException) when (listings < MaxListings)
            {
                // Removed between the listing and the opening: list again.
                held.Dispose();
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
    }

    internal bool IsEmpty => _files.Count == 0;

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public ILogSegment Open(string name, bool writable) =>
        writable ? throw ReadOnly() : new Borrowed(_files[name]);

    public void Lock() => throw ReadOnly();

    public ILogSegment Create(string name, long length) => throw ReadOnly();

    public void Delete(string name) => throw ReadOnly();

    public void SyncDirectory() => throw ReadOnly();

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }

        _files.Clear();
    }

    private static NotSupportedException ReadOnly() => new("An inspection writes nothing.");

    /// <summary>The inspector closes what it opened; the file stays open until the storage is disposed.</summary>
    private sealed class Borrowed(ILogSegment file) : ILogSegment
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(Span<byte> buffer, long offset) => file.Read(buffer, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset) => throw ReadOnly();

        public void Sync() => throw ReadOnly();

        public void Dispose()
        {
        }
    }
}
