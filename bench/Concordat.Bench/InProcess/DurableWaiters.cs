using Concordat.Log;

namespace Concordat.Bench;

/// <summary>Appenders that wait until their last record is durable.</summary>
internal sealed class DurableWaiters : IDisposable
{
    private readonly Queue<(LogPosition Position, TaskCompletionSource Done)> _waiting = new();
    private readonly Lock _gate = new();

    internal LogDriver Driver { get; set; } = null!;

    internal Task AppendAsync(WriteAheadLog log, byte[] payload)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            log.Append(1, payload);
            log.Append(1, payload);
            _waiting.Enqueue((log.Append(1, payload), done));
        }

        Driver.RequestFlush();
        return done.Task;
    }

    internal void Release(LogPosition durable)
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var next) && next.Position <= durable)
            {
                _waiting.Dequeue().Done.SetResult();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _waiting.Clear();
        }
    }
}
