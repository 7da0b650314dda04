namespace Concordat.Client.Tests;

internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Looks until it is so, and says what did not happen.</summary>
    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"did not happen within {Limit.TotalSeconds} s: {what}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    public static async Task<T> ForAsync<T>(Task<T> task, string what)
    {
        var first = await Task.WhenAny(task, Task.Delay(Limit));
        Assert.True(first == task, $"did not happen within {Limit.TotalSeconds} s: {what}");
        return await task;
    }
}
