using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Concordat.Bench.Databases;

/// <summary>
/// What a good engineer writes who has no coordinator: each decision is a record in a file, forced before anybody commits. One flush at a time, and while it runs
/// the next gathers. The file is written full of zeros before, so that a flush has no new size to record.
/// </summary>
internal sealed partial class DecisionFile : IAsyncDisposable
{
    private const int RecordBytes = 32;
    private const int FileBytes = 64 * 1024 * 1024;
    private readonly SafeFileHandle _file;
    private readonly Channel<(Guid Id, TaskCompletionSource Durable)> _waiting = Channel.CreateUnbounded<(Guid, TaskCompletionSource)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;
    private long _end;

    public DecisionFile(string path)
    {
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, preallocationSize: FileBytes);
        var zeros = new byte[1024 * 1024];
        for (var at = 0; at < FileBytes; at += zeros.Length)
        {
            RandomAccess.Write(_file, zeros, at);
        }

        Sync();
        _writing = Task.Run(WriteAsync);
    }

    public Task AppendAsync(Guid id)
    {
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Writer.TryWrite((id, durable));
        return durable.Task;
    }

    private async Task WriteAsync()
    {
        var batch = new List<TaskCompletionSource>();
        var buffer = new byte[1024 * RecordBytes];
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < 1024 && _waiting.Reader.TryRead(out var next))
            {
                next.Id.TryWriteBytes(buffer.AsSpan(batch.Count * RecordBytes));
                batch.Add(next.Durable);
            }

            _end = _end + buffer.Length > FileBytes ? 0 : _end;
            RandomAccess.Write(_file, buffer.AsSpan(0, batch.Count * RecordBytes), _end);
            _end += batch.Count * RecordBytes;
            Sync();
            batch.ForEach(durable => durable.SetResult());
        }
    }

    private void Sync()
    {
        if (FDataSync((int)_file.DangerousGetHandle()) != 0)
        {
            throw new IOException("fdatasync failed");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.Complete();
        await _writing;
        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(int file);
}
