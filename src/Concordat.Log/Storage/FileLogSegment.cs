using Microsoft.Win32.SafeHandles;

namespace Concordat.Log;

internal sealed class FileLogSegment(string path, SafeFileHandle handle, long length) : ILogSegment
{
    public string Name { get; } = Path.GetFileName(path);

    public long Length { get; } = length;

    public int Read(Span<byte> buffer, long offset)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int read = RandomAccess.Read(handle, buffer[total..], offset + total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }

    // RandomAccess.Write goes on after a short write, until everything is written or an error comes.
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        LogInvariantException.Require(offset >= 0 && offset + bytes.Length <= Length, "a write stays within its segment");
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (IOException e) when (Native.IsNoSpace(e.HResult))
        {
            throw new LogSpaceException($"No space for {bytes.Length} bytes at offset {offset} of '{path}'.", e);
        }
    }

    public void Sync() => Checked(data: true);

    /// <summary>Length and timestamps too: for a file just created.</summary>
    internal void SyncWithMetadata() => Checked(data: false);

    // Never repeated, not even after EINTR: an interrupted sync says nothing about what it did, and stopping is always safe.
    private void Checked(bool data)
    {
        bool added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            int descriptor = (int)handle.DangerousGetHandle();
            if ((data ? Native.Fdatasync(descriptor) : Native.Fsync(descriptor)) != 0) throw Native.Error(data ? "fdatasync" : "fsync", path);
        }
        finally
        {
            if (added) handle.DangerousRelease();
        }
    }

    public void Dispose() => handle.Dispose();
}
