using System.Diagnostics;

namespace Concordat.Fuzz.Tests.Support;

/// <summary>Nothing is waited for without end, and what did not happen is named.</summary>
internal static class Bounded
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    public static async Task<T> Comes<T>(Task<T> task, string what, TimeSpan? limit = null)
    {
        await Comes((Task)task, what, limit);
        return await task;
    }

    public static async Task Comes(Task task, string what, TimeSpan? limit = null)
    {
        var most = limit ?? Limit;
        using var over = new CancellationTokenSource();
        if (await Task.WhenAny(task, Task.Delay(most, over.Token)) != task)
        {
            throw new TimeoutException($"did not happen within {most.TotalSeconds} s: {what}");
        }

        await over.CancelAsync();
        await task;
    }

    public static async Task Until(Func<Task<bool>> condition, Func<string> what, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > (limit ?? Limit))
            {
                throw new TimeoutException($"did not happen within {(limit ?? Limit).TotalSeconds} s: {what()}");
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    public static Task Until(Func<bool> condition, Func<string> what, TimeSpan? limit = null) => Until(() => Task.FromResult(condition()), what, limit);
}
