using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Concordat.EndToEnd.Participant;

internal enum StopAction
{
    Go,

    /// <summary>Whoever comes here stays, until the process is killed or the point is set to <see cref="Go"/>.</summary>
    Stall,

    /// <summary>The connection is cut here, once; then the point is <see cref="Go"/> again. Only around calls.</summary>
    Cut,
}

/// <summary>
/// Where a test can stop this participant:
/// <code>
///   POST /prepare   prepare-received   in-prepare (nothing recorded yet)   vote-recorded    (not answered yet)
///   POST /commit    commit-received                                        commit-recorded  (not answered yet)
///   POST /rollback  rollback-received                                      rollback-recorded
/// </code>
/// and in a service of sagas, where "answered" cannot be stopped, since it lies behind the answer:
/// <code>
///   POST /action        action-received        action-recorded        action-answered
///   POST /compensation  compensation-received  compensation-recorded  compensation-answered
/// </code>
/// They lie around the SDK, which knows nothing of them.
/// </summary>
internal sealed class StopPoints
{
    internal const string InPrepare = "in-prepare";
    private readonly ConcurrentDictionary<string, Point> _points = new(StringComparer.Ordinal);

    internal int Reached(string point) => Of(point).Reached;

    internal void Set(string point, StopAction action) => Of(point).Set(action);

    /// <summary>For the thread of the resource manager.</summary>
    internal void Pass(string point) => Of(point).ArriveAsync().AsTask().GetAwaiter().GetResult();

    internal async Task AroundCallAsync(HttpContext context, Func<Task> next)
    {
        var (before, after) = context.Request.Path.Value switch
        {
            "/concordat/prepare" => ("prepare-received", "vote-recorded"),
            "/concordat/commit" => ("commit-received", "commit-recorded"),
            "/concordat/rollback" => ("rollback-received", "rollback-recorded"),
            "/action" => ("action-received", "action-recorded"),
            "/compensation" => ("compensation-received", "compensation-recorded"),
            _ => (null, null),
        };
        if (before is null || after is null)
        {
            await next();
            return;
        }

        if (await Of(before).ArriveAsync() == StopAction.Cut)
        {
            context.Abort();
            return;
        }

        // The answer is held back until the point behind it has been passed.
        var wire = context.Response.Body;
        using var held = new MemoryStream();
        context.Response.Body = held;
        await next();
        context.Response.Body = wire;
        if (await Of(after).ArriveAsync() == StopAction.Cut)
        {
            context.Abort();
            return;
        }

        var answered = Of(after.Replace("recorded", "answered", StringComparison.Ordinal));
        context.Response.OnCompleted(() => answered.ArriveAsync().AsTask());
        await wire.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length));
    }

    private Point Of(string name) => _points.GetOrAdd(name, static _ => new Point());

    private sealed class Point
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource? _stalled;
        private bool _cut;
        private int _reached;

        internal int Reached => Volatile.Read(ref _reached);

        internal void Set(StopAction action)
        {
            lock (_lock)
            {
                _cut = action == StopAction.Cut;
                if (action == StopAction.Stall)
                {
                    _stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
                else
                {
                    _stalled?.SetResult();
                    _stalled = null;
                }
            }
        }

        internal async ValueTask<StopAction> ArriveAsync()
        {
            Task? stalled;
            lock (_lock)
            {
                _reached++;
                if (_cut)
                {
                    _cut = false;
                    return StopAction.Cut;
                }

                stalled = _stalled?.Task;
            }

            if (stalled is not null)
            {
                await stalled;
            }

            return StopAction.Go;
        }
    }
}
