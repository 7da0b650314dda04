using System.Diagnostics;

namespace Concordat.Testing.Processes;

/// <summary>Waiting for a condition that has a name. The limit is generous: it is only reached when the condition never comes.</summary>
internal static class Until
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    internal static Task TrueAsync(string condition, Func<bool> holds, TimeSpan? limit = null) =>
        TrueAsync(condition, () => Task.FromResult(holds()), limit);

    internal static async Task TrueAsync(string condition, Func<Task<bool>> holds, TimeSpan? limit = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(since) > (limit ?? Limit))
            {
                Assert.Fail($"within {(limit ?? Limit).TotalSeconds:0} s it did not come to be that {condition}");
            }

            await Task.Delay(Pause);
        }
    }

    internal static Task EndsAsync(string what, Task task, TimeSpan? limit = null) => EndsAsync(what, ResultAsync(task), limit);

    private static async Task<bool> ResultAsync(Task task)
    {
        await task;
        return true;
    }

    /// <summary>The result of something that must end.</summary>
    internal static async Task<T> EndsAsync<T>(string what, Task<T> task, TimeSpan? limit = null)
    {
        if (await Task.WhenAny(task, Task.Delay(limit ?? Limit)) != task)
        {
            Assert.Fail($"{what} did not end within {(limit ?? Limit).TotalSeconds:0} s");
        }

        return await task;
    }
}
