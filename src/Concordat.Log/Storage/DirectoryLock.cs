using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Concordat.Log;

/// <summary>
/// An flock on the file "lock". The kernel drops it with the process, so a file left by a killed owner hinders nobody; the pid inside
/// only serves the error message. Close-on-exec, so that a child process does not inherit the lock.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const int OwnerReadWriteOthersRead = 0x1A4; // 0644
    private const int MaxPidBytes = 16;
    private readonly SafeFileHandle _handle;

    private DirectoryLock(SafeFileHandle handle) => _handle = handle;

    internal static DirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, "lock");
        int descriptor = Native.Open(path, Native.ReadWrite | Native.Create | Native.CloseOnExec, OwnerReadWriteOthersRead);
        if (descriptor < 0) throw Native.Error("open", path);
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            while (Native.Flock(descriptor, Native.LockExclusiveNow) != 0)
            {
                int errno = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
                if (errno == Native.WouldBlock) throw new LogLockedException(directory, ReadPid(handle));
                if (errno != Native.Interrupted) throw Native.Error("flock", path);
            }

            byte[] pid = new byte[MaxPidBytes];
            pid.AsSpan().Fill((byte)'\n');
            Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), pid);
            RandomAccess.Write(handle, pid, 0);
            return new DirectoryLock(handle);
        }
        catch (NotSupportedException e)
        {
            handle.Dispose();
            throw new IOException($"'{path}' is not a regular file.", e);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    private static int? ReadPid(SafeFileHandle handle)
    {
        byte[] bytes = new byte[MaxPidBytes];
        int read = RandomAccess.Read(handle, bytes, 0);
        return int.TryParse(Encoding.ASCII.GetString(bytes, 0, read).AsSpan().Trim(), CultureInfo.InvariantCulture, out int pid) ? pid : null;
    }
}
