using System.Runtime.InteropServices;

namespace Concordat.Log;

/// <summary>
/// System calls that .NET does not offer, or whose errors it hides: FileStream.Flush(true) and RandomAccess.FlushToDisk return normally
/// when fsync fails on Linux.
/// </summary>
internal static partial class Native
{
    internal const int ReadOnly = 0;
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int NonBlocking = 0x800;
    internal const int Directory = 0x10000;
    internal const int CloseOnExec = 0x80000;
    internal const int LockExclusiveNow = 2 | 4;
    internal const int WouldBlock = 11;
    internal const int Interrupted = 4;
    internal const int NoSpace = 28;
    internal const int QuotaExceeded = 122;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    internal static partial int Fdatasync(int descriptor);

    internal static IOException Error(string call, string path)
    {
        int errno = Marshal.GetLastPInvokeError();
        string message = $"{call} of '{path}' failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).";
        return IsNoSpace(errno) ? new LogSpaceException(message) : new IOException(message, errno);
    }

    internal static bool IsNoSpace(int errno) => errno is NoSpace or QuotaExceeded;
}
