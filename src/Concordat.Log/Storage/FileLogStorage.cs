using Microsoft.Win32.SafeHandles;

namespace Concordat.Log;

/// <summary>A directory of the local file system. Linux.</summary>
public sealed class FileLogStorage : ILogStorage
{
    private const int ZeroBlockBytes = 256 * 1024;
    private static readonly byte[] Zeros = new byte[ZeroBlockBytes];
    private readonly string _directory;
    private DirectoryLock? _lock;

    public FileLogStorage(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _directory = Path.GetFullPath(directory);
    }

    public string Location => _directory;

    /// <summary>Creates the directory where it is missing, durably.</summary>
    public void Lock()
    {
        CreateDirectory(_directory);
        _lock = DirectoryLock.Take(_directory);
    }

    /// <summary>Directories too: one that has a segment's name is found out at the start, not when the segment is to be created.</summary>
    public IReadOnlyList<string> List() => [.. Directory.EnumerateFileSystemEntries(_directory).Select(path => Path.GetFileName(path))];

    public ILogSegment Create(string name, long length)
    {
        string path = Path.Combine(_directory, name);
        FileLogSegment? segment = null;
        try
        {
            var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            segment = new FileLogSegment(path, handle, length);
            // Written, not fallocate'd: a write into an unwritten extent would have to change metadata at every sync.
            for (long offset = 0; offset < length; offset += ZeroBlockBytes)
                segment.Write(Zeros.AsSpan(0, (int)Math.Min(ZeroBlockBytes, length - offset)), offset);
            segment.SyncWithMetadata();
            return segment;
        }
        catch (IOException e) when (Native.IsNoSpace(e.HResult))
        {
            // The rest would occupy the last space and, after a restart, only be deleted.
            segment?.Dispose();
            File.Delete(path);
            throw e as LogSpaceException ?? new LogSpaceException($"No space for the {length} bytes of '{path}'.", e);
        }
        catch
        {
            segment?.Dispose();
            throw;
        }
    }

    public ILogSegment Open(string name, bool writable) => OpenFile(Path.Combine(_directory, name), writable);

    public void Delete(string name) => File.Delete(Path.Combine(_directory, name));

    public void SyncDirectory() => Sync(_directory);

    public void Dispose() => _lock?.Dispose();

    private static FileLogSegment OpenFile(string path, bool writable)
    {
        RequireRegular(path);
        var access = writable ? FileAccess.ReadWrite : FileAccess.Read;
        var handle = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        return new FileLogSegment(path, handle, RandomAccess.GetLength(handle));
    }

    /// <summary>Opening a pipe waits for its other end, for ever.</summary>
    private static void RequireRegular(string path)
    {
        int descriptor = Native.Open(path, Native.ReadOnly | Native.NonBlocking | Native.CloseOnExec, 0);
        if (descriptor < 0) return; // What is wrong the opening itself says best.
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            _ = RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException e)
        {
            throw new IOException($"'{path}' is not a regular file.", e);
        }
    }

    private static void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory)) return;
        string? parent = Path.GetDirectoryName(directory);
        if (parent is not null) CreateDirectory(parent);
        Directory.CreateDirectory(directory);
        if (parent is not null) Sync(parent);
    }

    private static void Sync(string directory)
    {
        int descriptor = Native.Open(directory, Native.ReadOnly | Native.Directory | Native.CloseOnExec, 0);
        if (descriptor < 0) throw Native.Error("open", directory);
        try
        {
            if (Native.Fsync(descriptor) != 0) throw Native.Error("fsync", directory);
        }
        finally
        {
            _ = Native.Close(descriptor);
        }
    }
}
