using System.Diagnostics;

namespace Concordat.Server.Tests.Engine.Support;

/// <summary>Waits for a named condition with a generous limit.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    internal static async Task Is(string what, Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Limit, $"did not happen within {Limit.TotalSeconds} s: {what}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The task's result, or a failure that says what was waited for.</summary>
    internal static async Task<T> Comes<T>(string what, Task<T> task)
    {
        await Task.WhenAny(task, Task.Delay(Limit, TestContext.Current.CancellationToken));
        Assert.True(task.IsCompleted, $"did not come within {Limit.TotalSeconds} s: {what}");
        return await task;
    }
}
