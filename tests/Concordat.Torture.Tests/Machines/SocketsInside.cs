using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Concordat.Torture.Tests.Machines;

/// <summary>
/// Sockets of a private network for this process, which is not in it: a socket belongs for ever to the network of the thread that made
/// it, and one thread goes there.
/// </summary>
internal sealed partial class SocketsInside : IDisposable
{
    private const int CloneNewNet = 0x40000000;
    private readonly BlockingCollection<TaskCompletionSource<Socket>> _wanted = [];

    internal SocketsInside(PrivateNamespace network) => new Thread(() => Run(network.Holder)) { IsBackground = true, Name = "sockets inside" }.Start();

    internal Task<Socket> NewAsync()
    {
        var wanted = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        _wanted.Add(wanted);
        return wanted.Task;
    }

    private void Run(int holder)
    {
        int result;
        using (var network = File.OpenHandle($"/proc/{holder}/ns/net"))
        {
            result = SetNs(network, CloneNewNet);
        }

        var error = Marshal.GetLastPInvokeErrorMessage();
        foreach (var wanted in _wanted.GetConsumingEnumerable())
        {
            if (result == 0)
            {
                wanted.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
            }
            else
            {
                wanted.SetException(new InvalidOperationException($"the network of process {holder} cannot be entered: {error}"));
            }
        }
    }

    public void Dispose() => _wanted.CompleteAdding();

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNs(SafeHandle file, int kind);
}
